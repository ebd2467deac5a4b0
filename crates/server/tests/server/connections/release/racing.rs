//! Many at once.

use std::sync::Barrier;

use crate::partners::block_on;
use crate::scene::with_oauth;

#[test]
fn a_hundred_disconnects_at_once_are_all_204_and_cut_and_release_once() {
    const CALLERS: usize = 100;
    let (proxy, partner, scene) = with_oauth();
    let id = scene.connect("helpdesk", &partner);
    let before = proxy.requests().len();
    let together = Barrier::new(CALLERS);
    let callers: Vec<_> = (0..CALLERS).map(|_| scene.caller()).collect();
    std::thread::scope(|scope| {
        for mut caller in callers {
            let (id, together) = (&id, &together);
            scope.spawn(move || {
                caller.status(id);
                together.wait();
                caller.disconnect(id).is(204);
            });
        }
    });
    scene.confirmed(&id);
    assert_eq!(scene.releases(&id).len(), 1);
    assert_eq!(
        proxy.requests().len(),
        before + 6,
        "each token is revoked once, and each probe asks of it once"
    );
    let activities = ["create", "beginOnboarding", "completeOnboarding", "disconnect", "confirmRelease"];
    assert_eq!(scene.database().activities(&id), activities);
    let usable = block_on(partner.usable());
    assert_eq!((usable.access_tokens, usable.refresh_tokens), (0, 0));
    assert_eq!(scene.prints(&["audit", "verify", "--config", &scene.config()]).lines().count(), 1);
}
