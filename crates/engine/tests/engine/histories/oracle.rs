//! What the partner remembers, held against what Gangway says.

use std::collections::HashMap;

use gangway_domain::{Activity, Audited, MissingKind, Obstacle, Release, ReleaseId, ReleaseState, Status};
use gangway_engine::{Check, Error, Sealed, Store as _};

use super::{History, now_or_never};
use crate::memory::Rows;
use crate::partner::{Death, Introspection};

/// The access token and the refresh token in use, as far as they are not known to be dead.
fn current(sealed: &Sealed) -> [Option<String>; 2] {
    let text = String::from_utf8_lossy(&sealed.0);
    let json: serde_json::Value = serde_json::from_str(text.rsplit_once('|').unwrap().1).unwrap();
    let holdings = &json["holdings"];
    let living = holdings["living"].as_array().unwrap();
    ["access", "refresh"].map(|which| {
        let token = living.iter().find(|token| token["id"] == holdings[which])?;
        token["text"].as_str().map(str::to_owned)
    })
}

/// What it could go on with: the refresh token in use, or the access token where there never was
/// one.
fn used(sealed: &Sealed) -> Option<String> {
    let text = String::from_utf8_lossy(&sealed.0);
    let [access, refresh] = current(sealed);
    if text.contains("\"refresh\":null") { access } else { refresh }
}

impl History {
    /// A release that waits for people is not over, and says so.
    pub(super) fn is_to_end(&self, release: &Release) -> bool {
        let hopeless = |obstacle| match obstacle {
            Some(Obstacle::UnreadAnswer) => true,
            // Nothing shows the death of a token that was never seen alive, and that nobody gave a
            // time.
            Some(Obstacle::NoProof) => !self.house.partner.manner.tells_expiry,
            _ => false,
        };
        match release.state {
            ReleaseState::Pending { obstacle, .. } => !hopeless(obstacle),
            ReleaseState::Confirmed(_) | ReleaseState::Unaccounted(..) | ReleaseState::Forced(_) => false,
        }
    }

    /// Whoever was cut because the partner said that the grant is gone had nothing any more that it
    /// could have gone on with.
    pub(super) fn judge_what_was_lost(&mut self) {
        let rows = self.house.engine.store().rows();
        let new = rows.audit.iter().skip(self.judged);
        let ended = |activity| matches!(activity, Activity::ConfirmRelease | Activity::EndRelease);
        for event in new.clone().filter(|event| ended(event.activity)) {
            let release = event.changes.iter().find(|change| change.what == Audited::Release).unwrap();
            let id = ReleaseId(release.new.as_ref().unwrap().parse().unwrap());
            let release = &rows.releases[&(event.tenant, id)].0;
            self.judge_what_was_known(&rows, release);
            self.judge_what_was_confirmed(&rows, release);
        }
        for event in new.filter(|event| event.activity == Activity::LoseGrant) {
            let of = |release: &&Release| {
                release.partner.0 == event.resource.0
                    && release.tenant == event.tenant
                    && release.generation.next() == event.generation
            };
            let releases = rows.releases.values().map(|(release, _)| release);
            let release = releases.filter(of).find(|r| r.asked.activity == Activity::LoseGrant).unwrap();
            let secret = rows.releases[&(release.tenant, release.id)].1.as_ref();
            if let Some(text) = secret.and_then(|(_, sealed)| used(sealed)) {
                assert!(!self.house.partner.opens(&text), "a healthy connection was cut: {text} is good");
            }
        }
        let judged = rows.audit.len();
        drop(rows);
        self.judged = judged;
    }

    /// Whoever is connected has a grant that lives, unless it was ended there or its tokens were
    /// lost on the way.
    pub(super) fn the_living_live(&mut self) {
        if self.house.engine.store().is_shared() {
            // What was asked last may be on its way until then, as far as anybody knows.
            self.house.clock.step(70);
        }
        for (tenant, id) in self.partners.clone() {
            let engine = std::sync::Arc::clone(&self.house.engine);
            let Some(partner) = now_or_never(engine.store().partner(tenant, id)).unwrap() else { continue };
            if partner.status != Status::Onboarded {
                let held = now_or_never(engine.store().credential(tenant, id)).unwrap();
                assert!(held.is_none(), "a partner that is not connected has a credential");
                let check = now_or_never(engine.check_connection(tenant, id));
                assert_eq!(check, Err(Error::NotConnected(id)));
                continue;
            }
            let stored = now_or_never(engine.store().credential(tenant, id)).unwrap().unwrap();
            assert_eq!(stored.generation, partner.generation);
            let opens =
                current(&stored.sealed).into_iter().flatten().any(|text| self.house.partner.opens(&text));
            // What was refused already is not among the living.
            let death = match used(&stored.sealed) {
                Some(token) => self.house.partner.death_of(&token),
                None => Some(Death::EndedThere),
            };
            assert_ne!(death, Some(Death::Revoked), "a connection died from a release that was not its own");
            let check = now_or_never(engine.check_connection(tenant, id));
            // A replica that lags calls a token good for a while.
            let lags = matches!(self.house.partner.manner.introspection, Introspection::Lags(_));
            let is_right = match &check {
                Ok(Check::Good(_)) => opens || lags,
                Ok(Check::Gone) => death.is_some(),
                // It cannot tell where the grant had ended before it could be seen alive.
                Ok(Check::CannotTell) | Err(Error::Partner(_)) => true,
                Ok(Check::RefusesUs(_)) | Err(_) => false,
            };
            assert!(is_right, "{check:?} {death:?} {opens}");
            self.judge_what_was_lost();
        }
    }

    /// The grants that a release is about.
    fn families_of(&self, rows: &Rows, release: &Release) -> Vec<usize> {
        let held = rows.held.get(&release.id).into_iter().flatten();
        let mut families: Vec<_> = held.filter_map(|text| self.house.partner.family_of(text)).collect();
        families.sort_unstable();
        families.dedup();
        families
    }

    /// At the moment in which a release is over, nothing that it ever held opens anything.
    fn judge_what_was_known(&self, rows: &Rows, release: &Release) {
        for text in rows.held.get(&release.id).into_iter().flatten() {
            assert!(!self.house.partner.opens(text), "{text} is known and opens something: {release:?}");
        }
    }

    /// At the moment in which a release is confirmed, nothing that the partner ever gave in that
    /// connection opens anything.
    fn judge_what_was_confirmed(&self, rows: &Rows, release: &Release) {
        if !matches!(release.state, ReleaseState::Confirmed(_))
            || release.asked.activity == Activity::ReleaseUnclaimed
        {
            return;
        }
        for family in self.families_of(rows, release) {
            assert!(
                !self.house.partner.opens_anything(family),
                "grant {family} opens something: {release:?}"
            );
        }
    }

    /// All connections are cut by now.
    pub(super) fn what_is_confirmed_is_dead(&self) {
        let rows = self.house.engine.store().rows();
        let mut of_family: HashMap<usize, Vec<&Release>> = HashMap::new();
        for (release, _) in rows.releases.values() {
            let families = self.families_of(&rows, release);
            for family in families {
                of_family.entry(family).or_default().push(release);
            }
        }
        for family in (0..self.house.partner.grants()).filter(|f| self.house.partner.opens_anything(*f)) {
            let releases = of_family.get(&family).map(Vec::as_slice).unwrap_or_default();
            let is_told = releases.iter().any(|release| match &release.state {
                ReleaseState::Unaccounted(_, missing) => !missing.is_empty(),
                ReleaseState::Pending { .. } => true,
                ReleaseState::Confirmed(_) | ReleaseState::Forced(_) => false,
            });
            assert!(is_told, "grant {family} opens something, and nobody says so: {releases:?}");
            // What came too late has a release of its own, which says nothing of what never came.
            let confirmed = releases.iter().find(|release| {
                matches!(release.state, ReleaseState::Confirmed(_))
                    && release.asked.activity != Activity::ReleaseUnclaimed
            });
            assert!(confirmed.is_none(), "grant {family} opens something, and is confirmed: {confirmed:?}");
        }
    }

    pub(super) fn each_fence_has_one_release(&self) {
        let rows = self.house.engine.store().rows();
        let mut by_fence: HashMap<_, u32> = HashMap::new();
        for (release, secret) in rows.releases.values() {
            if release.is_pending() {
                assert!(secret.is_some());
            } else {
                assert!(secret.is_none(), "a release that is over has destroyed its credential");
            }
            // Of a code nobody knows whether it had been sent, where whoever was to send it is
            // asleep.
            if let ReleaseState::Unaccounted(_, missing) = &release.state
                && missing.iter().any(|missing| missing.what != MissingKind::CodeAnswer)
            {
                assert!(self.something_was_lost(), "nothing was lost, and {release:?} says so");
            }
            if release.asked.activity != Activity::ReleaseUnclaimed && release.account.is_some() {
                *by_fence.entry((release.tenant, release.partner, release.generation)).or_default() += 1;
            }
        }
        assert!(by_fence.values().all(|count| *count == 1), "{by_fence:?}");
        let over = rows.releases.values().filter(|(release, _)| !release.is_pending()).count();
        let ended = |a: &Activity| matches!(a, Activity::ConfirmRelease | Activity::EndRelease);
        let told = rows.audit.iter().filter(|event| ended(&event.activity)).count();
        assert_eq!(told, over, "every release ended with one event");
    }

    fn something_was_lost(&self) -> bool {
        self.house.partner.lost_answers() > 0
            || self.told.contains("crash")
            || self.told.contains("hangs up")
            || self.told.contains("stands still")
            || self.told.contains("Failed")
            || self.told.contains("ForLong")
            || self.told.contains("asleep")
    }
}
