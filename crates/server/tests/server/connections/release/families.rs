//! Partners of many families, each connected, renewed and cut, all at once; and nothing is said of any of them that is not
//! so.

use std::time::{Duration, Instant};

use crate::partners::{
    Account, Call, Code, Dialect, Family, Gives, Introspection, Kind, Lag, Lost, OldAccessToken,
    OldRefreshToken, Revocation, TokenAnswer, Unruly,
};
use crate::scene::{Consents as _, Scene, dishonest, numbered, with_families};
use crate::support::until;

/// How long all of them together may take to be released.
const PATIENCE: Duration = Duration::from_secs(25);

/// What has to become of a release, beside that nothing false is said of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ends {
    /// The partner leaves proof of every token.
    Confirmed,
    /// All that is known is dead, and an answer is missing.
    Unaccounted,
    /// The grant lives, or nobody can see that it does not.
    NotYet,
    /// As it may: the partner is too odd to say.
    Somehow,
}

/// A partner and what happens to its connection before that is cut.
struct Row {
    name: &'static str,
    family: Family,
    renewals: usize,
    /// Lost during the first renewal, or the redemption of the code.
    loses: Option<(Call, Lost)>,
    ends: Ends,
}

fn row(name: &'static str, ends: Ends, change: impl FnOnce(&mut Family)) -> Row {
    let mut family = Family::default();
    change(&mut family);
    Row { name, family, renewals: 0, loses: None, ends }
}

impl Row {
    fn renewed(mut self, times: usize) -> Self {
        (self.renewals, self.family.says_seconds) = (times, Some(1));
        self
    }

    fn losing(mut self, call: Call, lost: Lost) -> Self {
        self.loses = Some((call, lost));
        self
    }
}

fn rotations() -> Vec<Row> {
    use Ends::Confirmed;
    use OldRefreshToken::{EndsTheGrantIfItComesAgain, Lives};
    vec![
        row("ordinary", Confirmed, |_| {}),
        row("ordinary, renewed", Confirmed, |_| {}).renewed(2),
        row("old-lives-token", Confirmed, |f| {
            (f.old_refresh_token, f.revocation) = (Lives, Revocation::OfTheToken);
        })
        .renewed(2),
        row("old-lives-pair", Confirmed, |f| {
            (f.old_refresh_token, f.revocation) = (Lives, Revocation::OfThePair);
        })
        .renewed(2),
        row("old-lives-blind", Confirmed, |f| {
            (f.old_refresh_token, f.revocation) = (Lives, Revocation::OfTheToken);
            f.introspection = Introspection::Absent;
        })
        .renewed(2),
        row("reuse-kills", Confirmed, |f| {
            (f.old_refresh_token, f.revocation) = (EndsTheGrantIfItComesAgain, Revocation::OfTheToken);
        })
        .renewed(2),
        row("reuse-kills-blind", Confirmed, |f| {
            (f.old_refresh_token, f.revocation) = (EndsTheGrantIfItComesAgain, Revocation::OfTheToken);
            f.introspection = Introspection::Absent;
        })
        .renewed(1),
        row("old-access-dies", Confirmed, |f| f.old_access_token = OldAccessToken::Dies).renewed(2),
        row("gives-no-other", Confirmed, |f| {
            (f.refresh_gives, f.revocation) = (Gives::Nothing, Revocation::OfTheToken);
        })
        .renewed(2),
        row("gives-the-same", Confirmed, |f| {
            (f.refresh_gives, f.revocation) = (Gives::TheSame, Revocation::OfTheToken);
        })
        .renewed(2),
        row("gives-the-same-blind", Confirmed, |f| {
            (f.refresh_gives, f.introspection) = (Gives::TheSame, Introspection::Absent);
        })
        .renewed(1),
    ]
}

fn introspections() -> Vec<Row> {
    use Ends::Confirmed;
    let late = |of_new, of_dead| Introspection::Late { of_new, of_dead };
    let told =
        |name, introspection| row(name, Confirmed, move |f| f.introspection = introspection).renewed(1);
    vec![
        told("introspection-absent", Introspection::Absent),
        told("introspection-forbidden", Introspection::Forbidden),
        told("introspection-of-the-code-flow", Introspection::OfTheCodeFlow),
        told("introspection-of-none", Introspection::OfNone),
        told("introspection-late-of-new", late(Lag::Calls(3), Lag::NONE)),
        told("introspection-late-of-dead", late(Lag::NONE, Lag::Calls(2))),
        told("introspection-late-by-time", late(Lag::NONE, Lag::Time(Duration::from_secs(2)))),
        told("introspection-login-page", Introspection::LoginPage),
        told("introspection-text", Introspection::Text),
        // The partner says two things at once of what is dead, and of what lives.
        row("introspection-never-hears", Ends::Somehow, move |f| {
            f.introspection = late(Lag::NONE, Lag::Time(Duration::from_hours(1)));
        }),
        row("introspection-of-none-never", Ends::NotYet, |f| {
            (f.introspection, f.revocation) = (Introspection::OfNone, Revocation::Never);
        }),
        row("introspection-of-the-code-flow-never", Ends::NotYet, |f| {
            (f.introspection, f.revocation) = (Introspection::OfTheCodeFlow, Revocation::Never);
        })
        .renewed(1),
        row("introspection-alone", Confirmed, |f| f.account = Account::Absent),
        row("introspection-alone-token", Confirmed, |f| {
            (f.account, f.revocation) = (Account::Absent, Revocation::OfTheToken);
        }),
    ]
}

fn revocations() -> Vec<Row> {
    use Ends::{Confirmed, NotYet, Somehow};
    let told = |name, ends, revocation| row(name, ends, move |f| f.revocation = revocation).renewed(1);
    vec![
        told("revocation-of-the-token", Confirmed, Revocation::OfTheToken),
        told("revocation-of-the-pair", Confirmed, Revocation::OfThePair),
        told("revocation-late-by-calls", Confirmed, Revocation::Late(Lag::Calls(4))),
        told("revocation-late-by-time", Confirmed, Revocation::Late(Lag::Time(Duration::from_secs(2)))),
        told("revocation-never", NotYet, Revocation::Never),
        told("revocation-absent", NotYet, Revocation::Absent),
        told("revocation-of-refresh-tokens", NotYet, Revocation::OfRefreshTokens),
        row("revocation-absent-blind", NotYet, |f| {
            (f.revocation, f.introspection) = (Revocation::Absent, Introspection::Absent);
        }),
        row("revocation-late-blind", Somehow, |f| {
            (f.revocation, f.introspection) = (Revocation::Late(Lag::Calls(5)), Introspection::Absent);
        }),
        row("nothing-to-see", NotYet, |f| {
            (f.account, f.introspection) = (Account::Absent, Introspection::Absent);
        }),
        row("outlives-what-was-said", NotYet, |f| {
            (f.account, f.introspection) = (Account::Absent, Introspection::Absent);
            (f.revocation, f.says_seconds) = (Revocation::OfRefreshTokens, Some(1));
        }),
    ]
}

fn answers() -> Vec<Row> {
    use Ends::{Confirmed, Somehow};
    let said = |name, dialect| {
        row(name, Confirmed, move |f| (f.dialect, f.introspection) = (dialect, Introspection::Absent))
            .renewed(1)
    };
    vec![
        said("dialect-403", Dialect::Forbidden),
        said("dialect-401-token-inactive", Dialect::TokenInactive),
        said("dialect-200", Dialect::Success),
        said("dialect-nested", Dialect::Nested),
        row("created", Confirmed, |f| (f.tokens, f.code) = (TokenAnswer::Created, Code::Once)).renewed(1),
        row("says-no-time", Confirmed, |f| f.says_seconds = None),
        row("code-again", Confirmed, |f| (f.code, f.revocation) = (Code::Again, Revocation::OfTheToken)),
        row("code-again-and-apart", Confirmed, |f| f.code = Code::AgainAndApart),
        row("revocation-unanswered", Confirmed, |_| {}).losing(Call::Revoke, Lost::AfterTheAct),
        row("revocation-unheard", Confirmed, |_| {}).losing(Call::Revoke, Lost::BeforeTheAct),
        row("introspection-unanswered", Somehow, |_| {})
            .renewed(1)
            .losing(Call::Introspect, Lost::AfterTheAct),
        row("account-unanswered", Somehow, |f| f.introspection = Introspection::Absent)
            .renewed(1)
            .losing(Call::Account, Lost::AfterTheAct),
    ]
}

fn lost_tokens() -> Vec<Row> {
    use Ends::{Somehow, Unaccounted};
    use OldRefreshToken::{Dies, EndsTheGrantIfItComesAgain, Lives};
    let lost = |name, ends, old: OldRefreshToken, lost| {
        row(name, ends, move |f| (f.old_refresh_token, f.revocation) = (old, Revocation::OfTheToken))
            .renewed(2)
            .losing(Call::Refresh, lost)
    };
    vec![
        lost("lost-old-lives", Unaccounted, Lives, Lost::AfterTheAct),
        lost("lost-old-dies", Unaccounted, Dies, Lost::AfterTheAct),
        // What was lost dies with the rest when the old token comes again, which some may take for proof.
        lost("lost-reuse-kills", Somehow, EndsTheGrantIfItComesAgain, Lost::AfterTheAct),
        // Nobody but the partner knows that there was nothing to lose.
        lost("never-arrived", Somehow, Lives, Lost::BeforeTheAct),
        row("lost-gives-no-other", Unaccounted, |f| {
            (f.refresh_gives, f.revocation) = (Gives::Nothing, Revocation::OfTheToken);
        })
        .renewed(2)
        .losing(Call::Refresh, Lost::AfterTheAct),
    ]
}

/// A family with its connection.
struct Stand {
    row: Row,
    partner: Unruly,
    id: String,
}

/// What was seen to be wrong.
#[derive(Default)]
struct Faults(Vec<String>);

impl Faults {
    fn unless(&mut self, is: bool, stand: &Stand, what: impl FnOnce() -> String) {
        if !is {
            self.0.push(format!("{}: {}", stand.row.name, what()));
        }
    }
}

#[test]
fn nothing_false_is_said_of_partners_that_turn_their_refresh_tokens_over_differently() {
    play(rotations());
}

#[test]
fn nothing_false_is_said_of_partners_that_tell_differently_of_their_tokens() {
    play(introspections());
}

#[test]
fn nothing_false_is_said_of_partners_that_revoke_differently() {
    play(revocations());
}

#[test]
fn nothing_false_is_said_of_partners_that_answer_differently() {
    play(answers());
}

#[test]
fn nothing_false_is_said_of_partners_whose_tokens_are_lost_on_the_way() {
    play(lost_tokens());
}

fn play(rows: Vec<Row>) {
    let mut faults = Faults::default();
    let (scene, stands) = connected(rows, &mut faults);
    for round in 0..stands.iter().map(|stand| stand.row.renewals).max().unwrap_or_default() {
        for stand in stands.iter().filter(|stand| stand.row.renewals > round) {
            renew(&scene, stand, round, &mut faults);
        }
    }
    for stand in &stands {
        if let (Some((call, lost)), 0) = (stand.row.loses, stand.row.renewals) {
            stand.partner.loses(call, lost, 1);
        }
        scene.caller().disconnect(&stand.id).is(204);
    }
    let end = Instant::now() + PATIENCE;
    for stand in &stands {
        judge(&scene, stand, end, &mut faults);
    }
    assert!(faults.0.is_empty(), "{} faults:\n{}", faults.0.len(), faults.0.join("\n"));
}

/// All of them, under a profile each; without those that do not come to be connected.
fn connected(rows: Vec<Row>, faults: &mut Faults) -> (Scene, Vec<Stand>) {
    let (partners, scene) = with_families(rows.iter().map(|row| row.family.clone()));
    let mut stands = Vec::new();
    for (number, (row, partner)) in rows.into_iter().zip(partners).enumerate() {
        let id = scene.partner(&numbered(number));
        let mut attempt = scene.begin(&id);
        let callback = partner.consents(&attempt.consent_url);
        let page = attempt.browser.get(&callback.target());
        let stand = Stand { row, partner, id };
        faults.unless(page.status == 200, &stand, || "it was not connected".to_owned());
        stands.extend((page.status == 200).then_some(stand));
    }
    (scene, stands)
}

fn renew(scene: &Scene, stand: &Stand, round: usize, faults: &mut Faults) {
    let Stand { row, partner, id } = stand;
    if scene.caller().status(id) != "onboarded" {
        return;
    }
    until("its time is over", || partner.said_time_is_over().then_some(()));
    if let (Some((call, lost)), 0) = (row.loses, round) {
        partner.loses(call, lost, 1);
    }
    let checked = scene.check(id);
    let may = if row.loses.is_some() { vec![0, 1, 3, 5] } else { vec![0, 5] };
    let code = checked.code.unwrap();
    faults.unless(may.contains(&code), stand, || format!("check {round}: {checked:?}"));
    if scene.caller().status(id) != "onboarded" {
        let known: Vec<_> = partner.alive().into_iter().filter(|token| token.heard).collect();
        let renewable = known.iter().any(|token| token.kind == Kind::Refresh);
        faults.unless(!renewable, stand, || format!("cut by check {round}, though it lives: {checked:?}"));
    }
}

fn judge(scene: &Scene, stand: &Stand, end: Instant, faults: &mut Faults) {
    let releases = scene.by(end, &stand.id);
    let states: Vec<_> = releases.iter().map(|release| release["state"].to_string()).collect();
    let lie = dishonest(scene, &stand.partner, &releases);
    faults.unless(lie.is_none(), stand, || lie.clone().unwrap_or_default());
    let all = |state: &str| releases.iter().all(|release| release["state"] == state);
    let any = |state: &str| releases.iter().any(|release| release["state"] == state);
    let as_it_should = match stand.row.ends {
        Ends::Confirmed => all("confirmed"),
        Ends::Unaccounted => any("unaccounted") && !any("pending"),
        Ends::NotYet => all("pending"),
        Ends::Somehow => true,
    };
    let answer =
        || format!("should end {:?}, is {states:?}: {:?}", stand.row.ends, releases[0]["lastAnswer"]);
    faults.unless(as_it_should, stand, answer);
}
