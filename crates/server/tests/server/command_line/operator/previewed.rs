//! What a disconnect would cut, and nothing is cut to find out.

use crate::partners::{Fault, Matching};
use crate::scene::{spelled, with_oauth, with_teamviewer};

#[test]
fn a_dry_run_tells_account_sessions_and_pending_releases_and_changes_nothing() {
    let (proxy, partner, scene) = with_teamviewer();
    let id = scene.connect("teamviewer", &partner);
    partner.has_open_sessions(3);
    let (before, events) = (proxy.requests().len(), scene.database().activities(&id).len());
    let told = scene.prints(&["partner", "disconnect", &id, "--dry-run"]);
    for part in [
        "teamviewer is onboarded, by teamviewer\n",
        "credential:        one, which would be revoked and destroyed\n",
        "account:           u1 of Contoso (u1)\n",
        "open sessions:     3\n",
        "pending releases:  0\n",
        "Nothing was changed.\n",
    ] {
        assert!(told.contains(part), "no {part:?} in {told}");
    }
    let asked: Vec<_> = proxy.requests()[before..].iter().map(spelled).collect();
    assert!(!asked.is_empty() && asked.iter().all(|asked| asked == "GET /api/v1/sessions"), "{asked:?}");
    assert_eq!(scene.database().activities(&id).len(), events);
    assert_eq!(scene.caller().status(&id), "onboarded");
    assert!(scene.releases(&id).is_empty());
    assert_eq!((partner.live_access_tokens().len(), partner.live_refresh_tokens().len()), (1, 1));

    proxy.dial(Fault::Refuse);
    assert!(
        scene
            .prints(&["partner", "disconnect", &id, "--dry-run"])
            .contains("open sessions:     could not connect")
    );
    assert!(scene.prints(&["partner", "disconnect", &id]).starts_with("disconnected; "));
    scene.tried(&id);
    let told = scene.prints(&["partner", "disconnect", &id, "--dry-run"]);
    for part in [
        "is notOnboarded",
        "none: there is nothing to revoke",
        "open sessions:     0",
        "pending releases:  1",
    ] {
        assert!(told.contains(part), "no {part:?} in {told}");
    }
    proxy.dial(Fault::Pass);
    scene.confirmed(&id);
    let actors = scene.database().events(&id, "actor");
    assert!(actors[3].contains("operator"), "{actors:?}");
}

#[test]
fn a_dry_run_asks_a_partner_without_sessions_nothing_at_all() {
    let (proxy, partner, scene) = with_oauth();
    let id = scene.connect("helpdesk", &partner);
    let before = proxy.count(&Matching::any());
    let told = scene.prints(&["partner", "disconnect", &id, "--dry-run"]);
    assert!(told.contains("account:           admin of Contoso (admin)\n"), "{told}");
    assert!(told.contains("open sessions:     this partner does not tell\n"), "{told}");
    assert_eq!(proxy.count(&Matching::any()), before);
    assert_eq!(scene.caller().status(&id), "onboarded");
}
