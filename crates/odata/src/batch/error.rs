use super::limits::{MAX_HEADERS, MAX_ID, MAX_REQUESTS, MAX_URL};

/// Why a whole batch is refused: 400, and nothing of it runs. The text is what the client is told.
///
/// The texts about the payload, doubled ids, dependencies and a missing `Content-Type` are Graph's;
/// those about the number of requests, missing ids, the pattern of dependencies and members that
/// are not kept are ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// It is no JSON object with some requests in it.
    #[error("Invalid batch payload format.")]
    Payload,
    /// It has this many requests, which are too many.
    #[error("The batch has {0} requests, but the most a batch may have is {MAX_REQUESTS}.")]
    TooMany(usize),
    /// The request at this place, counted from 1, has no id.
    #[error("Request number {0} of the batch has no 'id' that is a string of 1 to {MAX_ID} bytes.")]
    NoId(usize),
    /// This id is there twice, in whatever case.
    #[error("Request Id {0} has to be unique in a batch.")]
    DuplicateId(String),
    /// The request with this id depends on what is no request before it.
    #[error("Invalid dependency for request Id {0}.")]
    Dependency(String),
    /// The request with this id depends on many.
    #[error("Invalid dependency for request Id {0}. A request may depend on one other request only.")]
    ManyDependencies(String),
    /// The request with this id breaks the pattern of the others.
    #[error(
        "Invalid dependency for request Id {0}. Either no request of a batch depends on another, or each one on the one \
         just before it, or all that depend on one depend on the same one."
    )]
    Pattern(String),
    /// The request with this id has a body of no known type.
    #[error("Write request with id '{0}' does not contain a Content-Type header.")]
    NoContentType(String),
    /// The request with this id asks for what is not kept here.
    #[error("Request Id {id} has the member '{member}', which is not supported.")]
    Unkept {
        /// The id.
        id: String,
        /// The member that asks for it.
        member: &'static str,
    },
}

/// Why one request of a batch cannot be asked for: 400 to that one, while the others run. The text
/// is what the client is told, and ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ItemError {
    /// There is no method, or none that a batch may have.
    #[error("The member 'method' must be GET, POST, PATCH, PUT or DELETE.")]
    Method,
    /// There is no url.
    #[error("The member 'url' must be a string that is not empty.")]
    NoUrl,
    /// The url is too long.
    #[error("The url is longer than {MAX_URL} bytes.")]
    LongUrl,
    /// The url leads to another host.
    #[error("The url leads to another host than the one this batch was sent to.")]
    OtherHost,
    /// The url has a user's name or password in it.
    #[error("The url must not have a user name or a password in it.")]
    UserInfo,
    /// The url has a fragment.
    #[error("The url must not have a fragment.")]
    Fragment,
    /// The url has a control character in it.
    #[error("The url must not have a control character in it.")]
    ControlCharacter,
    /// The url is absolute, but not below the version that the batch was sent to.
    #[error("An absolute url must lead to the version that this batch was sent to.")]
    OtherVersion,
    /// The url is that of a batch.
    #[error("A batch must not have a batch in it.")]
    Nested,
    /// The headers cannot be headers.
    #[error(
        "The member 'headers' must be an object of up to {MAX_HEADERS} strings without control characters, each named \
         by a header's name that is there once."
    )]
    Headers,
    /// The body has a type that no JSON value but a string can stand for.
    #[error(
        "The member 'body' must be a string where the Content-Type is not JSON: of text if it is text, else of \
         base64url."
    )]
    Body,
}
