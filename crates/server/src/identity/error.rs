/// Why a request's token was not accepted. Nothing here carries any part of the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// No `Authorization` header, another scheme than `Bearer`, or nothing after it.
    #[error("no bearer token")]
    Missing,
    /// Not a JWT: too long, not three parts of base64url, or no JSON in them.
    #[error("the bearer token is not a JWT")]
    Malformed,
    /// A JWT that nobody trusted here has issued for this service.
    #[error("the token is not valid: {0}")]
    Invalid(Reason),
    /// It was valid, but is so no more.
    #[error("the token has expired")]
    Expired,
    /// Its `nbf` lies in the future.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// Genuine, but of a tenant that is not served here.
    #[error("the token is of a tenant that is not served here")]
    UnknownTenant,
    /// The issuer is trusted, but its keys could not be fetched even once, so nothing can be said about the
    /// token: the caller should try again.
    #[error("the issuer's keys could not be fetched yet")]
    IssuerUnavailable,
}

/// What is wrong with a token; for the log, not for the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// Not an asymmetric algorithm that is accepted here, or a `crit` header nobody here understands.
    #[error("its algorithm is not accepted")]
    Algorithm,
    /// No issuer of the configuration has this `iss` (for this `tid`).
    #[error("its issuer is not trusted")]
    Issuer,
    /// The issuer has no key with this `kid` that fits the algorithm.
    #[error("its issuer has no such key")]
    Key,
    /// The signature is not by the key the token names.
    #[error("its signature does not match")]
    Signature,
    /// `aud` names another service, or none.
    #[error("it is meant for another audience")]
    Audience,
    /// There is no `exp`.
    #[error("it never expires")]
    Unlimited,
    /// `tid` is missing or not a GUID.
    #[error("it names no tenant")]
    Tenant,
    /// Neither `oid` nor `sub` names who it is about, or the name is too long to keep.
    #[error("it names no subject")]
    Subject,
    /// A claim that matters has a type it must not have, or is there twice.
    #[error("a claim is not what it should be")]
    Claims,
}
