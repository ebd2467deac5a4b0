use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::error::{BatchError, ItemError};
use super::item::Header;
use super::limits::{MAX_HEADERS, MAX_ID, MAX_REQUESTS};

/// A batch as it was written. Everything is borrowed, and nothing is looked into before it is asked
/// for; neither that nor what is passed over recurses, however deep it is.
pub(super) struct Payload<'a> {
    pub(super) requests: Vec<Written<'a>>,
}

/// One request as it was written; a member that is null is not there.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Written<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) method: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) url: Option<&'a RawValue>,
    #[serde(borrow)]
    headers: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) body: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) depends_on: Option<&'a RawValue>,
    atomicity_group: Option<IgnoredAny>,
    r#if: Option<IgnoredAny>,
}

#[derive(serde::Deserialize)]
struct Outer<'a> {
    #[serde(borrow)]
    requests: Requests<'a>,
}

/// The first of the requests, and how many there are.
struct Requests<'a> {
    first: Vec<&'a RawValue>,
    count: usize,
}

impl<'a> Payload<'a> {
    pub(super) fn read(body: &'a [u8]) -> Result<Self, BatchError> {
        let text = std::str::from_utf8(body).map_err(|_| BatchError::Payload)?;
        let Outer { requests } = object(text).ok_or(BatchError::Payload)?;
        if requests.count > MAX_REQUESTS {
            return Err(BatchError::TooMany(requests.count));
        }
        let read: Option<Vec<_>> = requests.first.iter().map(|request| object(request.get())).collect();
        match read {
            Some(requests) if !requests.is_empty() => Ok(Self { requests }),
            Some(_) | None => Err(BatchError::Payload),
        }
    }
}

/// What a JSON object says. The readers that serde derives would take an array for one as well;
/// they do refuse a member that is there twice.
fn object<'a, T: Deserialize<'a>>(json: &'a str) -> Option<T> {
    let is_object = json.trim_start_matches([' ', '\t', '\r', '\n']).starts_with('{');
    if is_object { serde_json::from_str(json).ok() } else { None }
}

impl<'a> Written<'a> {
    /// The id of the request at this place.
    pub(super) fn id(&self, place: usize) -> Result<Cow<'a, str>, BatchError> {
        let id = text(self.id).filter(|id| !id.is_empty() && id.len() <= MAX_ID);
        id.ok_or(BatchError::NoId(place))
    }

    /// Refuses what would promise more than is kept: that some requests take effect together or not
    /// at all, and that one runs on a condition.
    pub(super) fn refuse_unkept(&self, id: &str) -> Result<(), BatchError> {
        let asked = [("atomicityGroup", &self.atomicity_group), ("if", &self.r#if)];
        match asked.into_iter().find(|(_, value)| value.is_some()) {
            Some((member, _)) => Err(BatchError::Unkept { id: id.to_owned(), member }),
            None => Ok(()),
        }
    }

    /// The headers, if each of them can be one.
    pub(super) fn headers(&self) -> Result<Vec<Header<'a>>, ItemError> {
        let Some(headers) = self.headers else { return Ok(Vec::new()) };
        let Headers(headers) = serde_json::from_str(headers.get()).map_err(|_| ItemError::Headers)?;
        for (index, (name, value)) in headers.iter().enumerate() {
            let twice = headers.iter().skip(index + 1).any(|(other, _)| other.eq_ignore_ascii_case(name));
            if twice || !is_token(name) || value.bytes().any(|b| b.is_ascii_control() && b != b'\t') {
                return Err(ItemError::Headers);
            }
        }
        Ok(headers)
    }
}

/// What a member says, if it is a string.
pub(super) fn text(member: Option<&RawValue>) -> Option<Cow<'_, str>> {
    string(member?.get())
}

/// The text of a JSON string, borrowed where it has no escapes. What is given was read as JSON
/// before.
pub(super) fn string(json: &str) -> Option<Cow<'_, str>> {
    let inside = json.strip_prefix('"')?.strip_suffix('"')?;
    if !inside.contains('\\') {
        return Some(Cow::Borrowed(inside));
    }
    serde_json::from_str(json).ok().map(|Text(text)| text)
}

/// RFC 9110, section 5.6.2
fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

#[derive(serde::Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

struct Headers<'a>(Vec<Header<'a>>);

impl<'de> Deserialize<'de> for Headers<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Headers<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "an object of up to {MAX_HEADERS} strings")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Headers<'de>, A::Error> {
                let mut headers = Vec::new();
                while let Some((Text(name), Text(value))) = map.next_entry()? {
                    if headers.len() == MAX_HEADERS {
                        return Err(A::Error::invalid_length(MAX_HEADERS + 1, &self));
                    }
                    headers.push((name, value));
                }
                Ok(Headers(headers))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Requests<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Items;
        impl<'de> Visitor<'de> for Items {
            type Value = Requests<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "an array of requests")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Requests<'de>, A::Error> {
                let (first, more) = first_of(&mut seq, MAX_REQUESTS)?;
                Ok(Requests { count: first.len() + more, first })
            }
        }
        deserializer.deserialize_seq(Items)
    }
}

/// The first few of a sequence, and how many come after them.
fn first_of<'de, A: SeqAccess<'de>, T: Deserialize<'de>>(
    seq: &mut A,
    most: usize,
) -> Result<(Vec<T>, usize), A::Error> {
    let mut first = Vec::with_capacity(most);
    while first.len() < most {
        match seq.next_element()? {
            Some(element) => first.push(element),
            None => return Ok((first, 0)),
        }
    }
    let mut more = 0;
    while seq.next_element::<IgnoredAny>()?.is_some() {
        more += 1;
    }
    Ok((first, more))
}

/// Up to two of an array of strings: enough to tell one from many.
pub(super) struct FewTexts<'a>(pub(super) Vec<Cow<'a, str>>);

impl<'de> Deserialize<'de> for FewTexts<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Items;
        impl<'de> Visitor<'de> for Items {
            type Value = FewTexts<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "an array of strings")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<FewTexts<'de>, A::Error> {
                let (first, _) = first_of(&mut seq, 2)?;
                Ok(FewTexts(first.into_iter().map(|Text(text)| text).collect()))
            }
        }
        deserializer.deserialize_seq(Items)
    }
}
