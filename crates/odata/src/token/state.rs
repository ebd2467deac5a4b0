use uuid::Uuid;

/// Where a page ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageState {
    /// What its last item is ordered by.
    pub keys: Vec<PageKey>,
    /// Its last item.
    pub id: Uuid,
}

/// What an item is ordered by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageKey {
    /// Nothing.
    Null,
    /// A number.
    Integer(i64),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

const NULL: u8 = 0;
const INTEGER: u8 = 1;
const TEXT: u8 = 2;
const BYTES: u8 = 3;

impl PageState {
    pub(super) fn write(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(self.id.as_bytes());
        for key in &self.keys {
            match key {
                PageKey::Null => to.push(NULL),
                PageKey::Integer(number) => {
                    to.push(INTEGER);
                    to.extend_from_slice(&number.to_be_bytes());
                }
                PageKey::Text(text) => {
                    to.push(TEXT);
                    put(to, text.as_bytes());
                }
                PageKey::Bytes(bytes) => {
                    to.push(BYTES);
                    put(to, bytes);
                }
            }
        }
    }

    /// What was written; nothing if these bytes are no such thing. They are short, as a token is.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (id, mut rest) = bytes.split_first_chunk()?;

        let mut keys = Vec::new();
        while let Some((kind, behind)) = rest.split_first() {
            let (key, behind) = match *kind {
                NULL => (PageKey::Null, behind),
                INTEGER => {
                    let (number, behind) = behind.split_first_chunk()?;
                    (PageKey::Integer(i64::from_be_bytes(*number)), behind)
                }
                TEXT => {
                    let (text, behind) = take(behind)?;
                    (PageKey::Text(String::from_utf8(text.to_vec()).ok()?), behind)
                }
                BYTES => {
                    let (bytes, behind) = take(behind)?;
                    (PageKey::Bytes(bytes.to_vec()), behind)
                }
                _ => return None,
            };
            keys.push(key);
            rest = behind;
        }
        Some(Self { keys, id: Uuid::from_bytes(*id) })
    }
}

/// Bytes behind their number.
pub(super) fn put(to: &mut Vec<u8>, bytes: &[u8]) {
    // A usize of every platform there is fits.
    to.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
    to.extend_from_slice(bytes);
}

fn take(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(usize::try_from(u64::from_be_bytes(*length)).ok()?)
}
