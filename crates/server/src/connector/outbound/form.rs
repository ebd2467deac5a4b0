use url::form_urlencoded::Serializer;
use zeroize::Zeroizing;

/// A form to be posted, wiped when it is dropped.
#[derive(Default)]
pub(in crate::connector) struct Form(Vec<(&'static str, Zeroizing<String>)>);

impl Form {
    /// The form with one more field.
    pub(in crate::connector) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.0.push((name, Zeroizing::new(value.to_owned())));
        self
    }

    /// As it is sent.
    pub(super) fn into_text(self) -> Zeroizing<String> {
        // Large enough that it does not grow, which would leave a copy behind.
        let length = self.0.iter().map(|(name, value)| name.len() + 3 * value.len() + 2).sum();
        let mut form = Serializer::new(String::with_capacity(length));
        for (name, value) in &self.0 {
            form.append_pair(name, value);
        }
        Zeroizing::new(form.finish())
    }
}
