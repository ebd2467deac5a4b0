//! Partners of families that nobody thought of, and what happens to them in an order that nobody planned.

use std::time::{Duration, Instant};

use crate::partners::{
    Call, Code, Dialect, Family, Gives, Introspection, Kind, Lag, Lost, OldAccessToken, OldRefreshToken,
    Revocation, TokenAnswer, Unruly,
};
use crate::scene::{Consents as _, Scene, dishonest, numbered, with_families};

const PARTNERS: usize = 12;
const STEPS: usize = 10;
/// How long the last releases may take: some have been tried in vain for a while.
const PATIENCE: Duration = Duration::from_secs(45);

/// Numbers that can be had again: `GANGWAY_CHAOS_SEED=N`.
struct Dice(u64);

impl Dice {
    fn new() -> Self {
        let given = std::env::var("GANGWAY_CHAOS_SEED").ok().and_then(|seed| seed.parse().ok());
        Self(given.unwrap_or_else(rand::random))
    }

    /// `SplitMix64`.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        let at = self.next() % u64::try_from(all.len()).unwrap();
        all[usize::try_from(at).unwrap()]
    }

    /// A partner that leaves some proof of all that it gives.
    fn family(&mut self) -> Family {
        use OldRefreshToken::{Dies, EndsTheGrantIfItComesAgain, Lives};
        let late = Introspection::Late { of_new: Lag::Calls(2), of_dead: Lag::Calls(1) };
        let introspection = [
            Introspection::OfAll,
            Introspection::Absent,
            Introspection::OfTheCodeFlow,
            late,
            Introspection::LoginPage,
        ];
        Family {
            old_refresh_token: self.one_of(&[Lives, Dies, EndsTheGrantIfItComesAgain]),
            old_access_token: self.one_of(&[OldAccessToken::Lives, OldAccessToken::Dies]),
            refresh_gives: self.one_of(&[Gives::Another, Gives::Another, Gives::Nothing, Gives::TheSame]),
            introspection: self.one_of(&introspection),
            revocation: self.one_of(&[
                Revocation::OfTheToken,
                Revocation::OfThePair,
                Revocation::OfTheGrant,
                Revocation::Late(Lag::Calls(3)),
            ]),
            code: self.one_of(&[Code::OnceOrAllDies, Code::Once, Code::Again, Code::AgainAndApart]),
            tokens: self.one_of(&[TokenAnswer::Plain, TokenAnswer::Plain, TokenAnswer::Created]),
            dialect: self.one_of(&[Dialect::InvalidGrant, Dialect::Forbidden, Dialect::TokenInactive]),
            says_seconds: Some(self.one_of(&[1, 1, 3600])),
            ..Family::default()
        }
    }
}

/// One of them, and what has happened to it.
struct Stand {
    partner: Unruly,
    id: String,
    family: Family,
    /// How many tokens there were before its newest connection.
    before: usize,
    story: Vec<String>,
}

impl Stand {
    fn step(&mut self, scene: &Scene, dice: &mut Dice) {
        let connected = scene.caller().status(&self.id) == "onboarded";
        match dice.next() % 8 {
            0 => {
                let call = dice.one_of(&[
                    Call::Redeem,
                    Call::Refresh,
                    Call::Revoke,
                    Call::Introspect,
                    Call::Account,
                ]);
                let lost = dice.one_of(&[Lost::BeforeTheAct, Lost::AfterTheAct]);
                self.partner.loses(call, lost, 1);
                self.story.push(format!("loses {call:?} {lost:?}"));
            }
            1 if connected => {
                scene.caller().disconnect(&self.id).is(204);
                self.story.push("cut".to_owned());
            }
            _ if connected => self.check(scene),
            _ => self.connect(scene),
        }
    }

    fn connect(&mut self, scene: &Scene) {
        let mut attempt = scene.begin(&self.id);
        let callback = self.partner.consents(&attempt.consent_url);
        self.before = self.partner.minted().len();
        let page = attempt.browser.get(&callback.target());
        self.story.push(format!("connects: {}", page.status));
    }

    /// What can be renewed, and nobody has cut, is not gone.
    fn check(&mut self, scene: &Scene) {
        let own: Vec<_> =
            self.partner.minted()[self.before..].iter().map(|token| token.text.clone()).collect();
        let is_own = |token: &crate::partners::Minted| token.heard && own.contains(&token.text);
        let alive = self.partner.alive();
        let renewable = alive.iter().any(|token| token.kind == Kind::Refresh && is_own(token));
        let checked = scene.check(&self.id);
        self.story.push(format!("check: {:?}", checked.code));
        assert!(!renewable || checked.code != Some(3), "it was not gone: {checked:?} {}", self.told());
    }

    fn told(&self) -> String {
        format!("{:?}\n  {}", self.family, self.story.join("\n  "))
    }
}

#[test]
fn whatever_happens_to_whatever_partner_nothing_false_is_said_of_it() {
    let mut dice = Dice::new();
    let seed = format!("GANGWAY_CHAOS_SEED={}", dice.0);
    let families: Vec<_> = (0..PARTNERS).map(|_| dice.family()).collect();
    let (partners, mut scene) = with_families(families.clone());
    let stands = partners.into_iter().zip(families).enumerate();
    let mut stands: Vec<_> = stands
        .map(|(number, (partner, family))| {
            let id = scene.partner(&numbered(number));
            Stand { partner, id, family, before: 0, story: vec![seed.clone()] }
        })
        .collect();
    for _ in 0..STEPS {
        for stand in &mut stands {
            stand.step(&scene, &mut dice);
        }
    }
    are_cut_and_told_of_truly(&mut scene, &stands);
}

fn are_cut_and_told_of_truly(scene: &mut Scene, stands: &[Stand]) {
    for stand in stands {
        stand.partner.loses_nothing_more();
        scene.caller().disconnect(&stand.id).is(204);
    }
    // A code whose answer was lost is left alone for a minute. Whoever is killed here may lose another answer.
    scene.stop();
    scene.start_again_when_all_is_due();
    let end = Instant::now() + PATIENCE;
    let (mut lies, mut over, mut pending) = (Vec::new(), 0, 0);
    for stand in stands.iter().filter(|stand| !stand.partner.minted().is_empty()) {
        let releases = scene.by(end, &stand.id);
        let still = releases.iter().filter(|release| release["state"] == "pending").count();
        (pending, over) = (pending + still, over + releases.len() - still);
        let lie = dishonest(scene, &stand.partner, &releases);
        lies.extend(lie.map(|lie| format!("{lie}: {}", stand.told())));
    }
    assert!(lies.is_empty(), "{} of them:\n{}", lies.len(), lies.join("\n"));
    assert!(over > pending, "{over} of them are over, {pending} are not: {}", stands[0].story[0]);
}
