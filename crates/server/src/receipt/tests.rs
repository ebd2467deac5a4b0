mod content;
mod key;
mod verifying;

use gangway_domain::{
    Activity, Actor, Caller, ConnectorKind, Correlated, Generation, PartnerId, PermissionSet, Proof, Release,
    ReleaseId, ReleaseState, Step, Subject, TenantId, Timestamp, TokenLog, Version,
};
use tempfile::TempDir;
use uuid::uuid;

use super::*;

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn admin() -> Actor {
    Actor::Caller(Box::new(Caller {
        tenant: TenantId(uuid!("aaaabbbb-0000-cccc-1111-dddd2222eeee")),
        subject: Subject::User { id: "oid-1".into(), principal_name: Some("admin@contoso.example".into()) },
        permissions: PermissionSet::default(),
        application_id: Some("app-1".into()),
        application_name: Some("Portal".into()),
    }))
}

fn release(state: ReleaseState) -> Release {
    let mut calls = gangway_domain::CallLog::default();
    let at = time("2026-11-23T12:00:01.5Z");
    calls.extend([
        gangway_domain::Call::new(at, Step::RevokeRefreshToken, None, "200"),
        gangway_domain::Call::new(at, Step::Probe, None, "active: false"),
    ]);
    Release {
        tenant: TenantId(uuid!("aaaabbbb-0000-cccc-1111-dddd2222eeee")),
        id: ReleaseId(uuid!("019ab000-0000-7000-8000-000000000001")),
        partner: PartnerId(uuid!("6a4d55ea-55ea-6a4d-ea55-4d6aea554d6a")),
        partner_name: "TeamViewer".into(),
        generation: Generation(3),
        connector: ConnectorKind::OAuth2,
        profile: Some("acme".parse().unwrap()),
        account: Some(gangway_domain::Account::new("u1", Some("Contoso"))),
        asked: gangway_domain::RequestedBy {
            by: Correlated { actor: admin(), correlation: uuid!("11111111-2222-3333-4444-555555555555") },
            activity: Activity::Disconnect,
            at: time("2026-11-23T12:00:00.1234567Z"),
        },
        state,
        tries: 1,
        tokens: TokenLog::default(),
        calls,
        version: Version(2),
    }
}

fn confirmed() -> ReleaseState {
    let proofs = vec![Proof::RefreshTokenInactive, Proof::AccessTokenInactive];
    ReleaseState::Confirmed(gangway_domain::Evidence { at: time("2026-11-23T12:00:02Z"), proofs })
}

fn forced() -> ReleaseState {
    let reason = "the partner is gone".into();
    ReleaseState::Forced(gangway_domain::Forced {
        by: Actor::Gangway,
        at: time("2026-11-30T00:00:00Z"),
        reason,
    })
}

fn receipt(state: ReleaseState) -> Receipt {
    Receipt::new(&release(state), "Remove the app in the console.", time("2026-12-01T00:00:00Z"))
}

struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn signer(&self) -> Signer {
        Signer::open(self.0.path()).unwrap()
    }
}
