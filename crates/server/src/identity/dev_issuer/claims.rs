use aws_lc_rs::digest;
use gangway_domain::PERSONAL_ACCOUNTS_TENANT;
use serde_json::{Value, json};
use uuid::{Builder, Uuid};

/// What `aud` is.
pub(super) const AUDIENCE: &str = "https://graph.microsoft.com";

/// What token is wanted of the dev issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRequest {
    /// The tenant it is for; a personal account's is always the one they share.
    pub tenant: Uuid,
    /// Who it is about, and what it allows.
    pub kind: TokenKind,
    /// Seconds until it expires; below zero for one that has expired already.
    pub expires_in: i64,
}

/// Who a token is about, and what it allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenKind {
    /// A work account's user.
    Delegated {
        /// What the user let the application do (`scp`).
        scopes: Vec<String>,
    },
    /// A personal Microsoft account, in the tenant these share.
    Personal {
        /// What the user let the application do (`scp`).
        scopes: Vec<String>,
    },
    /// An application by itself.
    Application {
        /// What it may do (`roles`).
        roles: Vec<String>,
    },
}

/// The claims that can be in a token.
pub(super) const NAMES: [&str; 15] = [
    "aud",
    "iss",
    "iat",
    "nbf",
    "exp",
    "tid",
    "oid",
    "sub",
    "upn",
    "appid",
    "app_displayname",
    "idtyp",
    "scp",
    "roles",
    "ver",
];

/// The claims of Graph's own (version 1) access tokens, as far as anyone reads them.
pub(super) fn claims(request: &TokenRequest, iss: &str, seed: &str, now: i64) -> Value {
    let (kind, tenant) = match &request.kind {
        TokenKind::Delegated { .. } => ("user", request.tenant),
        TokenKind::Personal { .. } => ("personal", PERSONAL_ACCOUNTS_TENANT),
        TokenKind::Application { .. } => ("app", request.tenant),
    };
    let oid = id(&format!("{seed} {tenant} {kind}"));
    let expires = now.saturating_add(request.expires_in);
    // A token that has expired was valid once.
    let issued = now.min(expires.saturating_sub(1));
    let mut claims = json!({
        "aud": AUDIENCE,
        "iss": iss,
        "iat": issued,
        "nbf": issued,
        "exp": expires,
        "tid": tenant.to_string(),
        "oid": oid,
        "sub": oid,
        "appid": id(&format!("{seed} application")),
        "app_displayname": "Gangway dev issuer",
        "ver": "1.0",
    });
    let mut of_user = |scopes: &[String], upn: &str| {
        claims["idtyp"] = json!("user");
        claims["scp"] = json!(scopes.join(" "));
        claims["upn"] = json!(upn);
    };
    match &request.kind {
        TokenKind::Delegated { scopes } => of_user(scopes, "dev@gangway.example"),
        TokenKind::Personal { scopes } => of_user(scopes, "personal@gangway.example"),
        TokenKind::Application { roles } => {
            claims["idtyp"] = json!("app");
            claims["roles"] = json!(roles);
        }
    }
    claims
}

/// An id that is the same each time, so that audit events of several runs can be told to be of one account.
fn id(seed: &str) -> String {
    let digest = digest::digest(&digest::SHA256, seed.as_bytes());
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(digest.as_ref()).for_each(|(byte, hashed)| *byte = *hashed);
    Builder::from_random_bytes(bytes).into_uuid().to_string()
}
