use super::error_codes::ErrorCodes;

/// What an error code says, whoever sends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// That we are not taken for the partner's client.
    RefusesUs,
    /// That nothing was done because there is too much to do.
    NotNow,
    /// That something broke, nobody knows how far on.
    Broken,
    /// That the code or token in the call is no good.
    Dead,
    /// Anything else.
    Other,
}

/// `invalid_client` of RFC 6749, section 5.2; GitHub and Slack have words of their own for it.
const REFUSES_US: [&str; 4] =
    ["invalid_client", "incorrect_client_credentials", "bad_client_secret", "invalid_client_id"];

/// RFC 6749, section 4.1.2.1; RFC 8628, section 3.5; TeamViewer and Slack.
const NOT_NOW: [&str; 4] = ["temporarily_unavailable", "slow_down", "rate_limit_reached", "ratelimited"];

const BROKEN: [&str; 2] = ["server_error", "internal_error"];

/// What authorization servers say of a code or token that is no good:
///
/// - `invalid_grant`: RFC 6749, section 5.2.
/// - `invalid_token`: RFC 6750, section 3.1. Spring's and CCP's token endpoints say it of refresh tokens.
/// - `token_inactive`: Ory Hydra before 2.0, with 401 (its issues 1808 and 3004).
/// - `invalid_refresh_token`, `token_revoked`, `token_expired`: Slack, with 200.
/// - `bad_refresh_token`, `bad_verification_code`: GitHub, with 200; the first also `HubSpot`, in capitals and as `status`,
///   and `bad_auth_code` for codes.
/// - `invalid_code`: Slack and Zoho, with 200; Zoho also of refresh tokens.
/// - `refresh_token_expired`, `_reused`, `_invalidated`: `OpenAI`, which says `token_expired` too.
/// - `refresh_token_not_found`, `_already_used`: Supabase Auth.
const DEAD_BY_OAUTH: [&str; 15] = [
    "invalid_grant",
    "invalid_token",
    "token_inactive",
    "token_revoked",
    "token_expired",
    "invalid_refresh_token",
    "bad_refresh_token",
    "bad_verification_code",
    "bad_auth_code",
    "invalid_code",
    "refresh_token_expired",
    "refresh_token_reused",
    "refresh_token_invalidated",
    "refresh_token_not_found",
    "refresh_token_already_used",
];

/// What `TeamViewer` calls a code or token that is no good. Whatever else it says is no proof that one is dead.
const DEAD_BY_TEAMVIEWER: [&str; 4] = ["invalid_grant", "invalid_token", "token_expired", "invalid_code"];

/// Further codes that may be shown: of RFC 6749, 6750, 7009, 8628 and `OpenID` Connect, and what large partners add.
const OTHERS: [&str; 20] = [
    "access_denied",
    "authorization_pending",
    "bad_request",
    "consent_required",
    "expired_token",
    "forbidden",
    "insufficient_scope",
    "interaction_required",
    "invalid_redirect_uri",
    "invalid_request",
    "invalid_scope",
    "license_limitations",
    "login_required",
    "not_found",
    "redirect_uri_mismatch",
    "unauthorized",
    "unauthorized_client",
    "unsupported_grant_type",
    "unsupported_token_type",
    "unverified_user_email",
];

/// Whether this says something that has nothing to do with any token, so that no profile may call it a dead one.
pub(in crate::connector) fn has_a_meaning_of_its_own(code: &str) -> bool {
    find(&REFUSES_US, code).or(find(&NOT_NOW, code)).or(find(&BROKEN, code)).is_some()
}

/// The error codes of one partner.
#[derive(Debug, Clone)]
pub(in crate::connector) struct Words {
    dead: &'static [&'static str],
    /// What its profile calls dead beside.
    configured: Vec<String>,
}

impl Words {
    /// Those of partners that speak OAuth 2.0.
    pub(in crate::connector) fn for_oauth2(configured: Vec<String>) -> Self {
        Self { dead: &DEAD_BY_OAUTH, configured }
    }

    /// `TeamViewer`'s.
    pub(in crate::connector) fn for_teamviewer(configured: Vec<String>) -> Self {
        Self { dead: &DEAD_BY_TEAMVIEWER, configured }
    }

    /// What was said, and by which of the known codes: never in the partner's own letters. Of several codes the one that says
    /// the most counts.
    pub(super) fn meant(&self, said: &ErrorCodes) -> Option<(Meaning, &str)> {
        let codes = said.codes();
        let meanings = codes.filter_map(|code| self.meaning(code));
        meanings.min_by_key(|(meaning, _)| match meaning {
            Meaning::RefusesUs => 0,
            Meaning::NotNow => 1,
            Meaning::Broken => 2,
            Meaning::Dead => 3,
            Meaning::Other => 4,
        })
    }

    fn meaning(&self, code: &str) -> Option<(Meaning, &str)> {
        let configured = || self.configured.iter().map(String::as_str).find(|c| c.eq_ignore_ascii_case(code));
        let dead = || configured().or_else(|| find(self.dead, code));
        let of = |meaning| move |word| (meaning, word);
        find(&REFUSES_US, code)
            .map(of(Meaning::RefusesUs))
            .or_else(|| find(&NOT_NOW, code).map(of(Meaning::NotNow)))
            .or_else(|| find(&BROKEN, code).map(of(Meaning::Broken)))
            .or_else(|| dead().map(of(Meaning::Dead)))
            .or_else(|| find(&OTHERS, code).map(of(Meaning::Other)))
            // Another dialect's word for a dead token may be shown too.
            .or_else(|| find(&DEAD_BY_OAUTH, code).map(of(Meaning::Other)))
    }
}

fn find(known: &[&'static str], code: &str) -> Option<&'static str> {
    known.iter().copied().find(|known| known.eq_ignore_ascii_case(code))
}
