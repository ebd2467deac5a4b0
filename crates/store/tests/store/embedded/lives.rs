use std::collections::BTreeSet;

use gangway_domain::{Partner, Release};
use gangway_engine::{
    AttemptPhase, Changeset, CredentialId, Effect, Field, ReleaseSecret, Sealed, SecretChange, SecretPlace,
    Store, StoredAttempt, StoredCredential,
};

use super::Place;
use super::traces::{WORD, left, number_in, pages_with_rows_and_secrets, traced, until_left, words_in};
use crate::samples::*;

/// Anything that can be destroyed or moved.
#[expect(clippy::large_enum_variant, reason = "there are few")]
enum Owner {
    Open(Partner, StoredAttempt, u16),
    Redeeming(Partner, StoredAttempt, u16),
    Connected(Partner, CredentialId, u16),
    Releasing(Partner, Release, u16),
}

/// What becomes of secrets in a random order that is the same every time.
struct Lives {
    random: u64,
    made: u16,
    owners: Vec<Owner>,
    changes: Vec<Changeset>,
}

impl Lives {
    fn below(&mut self, limit: usize) -> usize {
        self.random =
            self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.random >> 33).unwrap() % limit
    }

    fn secret(&mut self) -> (u16, Sealed) {
        self.made += 1;
        // Most as long as real ones, some as long as they can be, a few as long as two pages.
        let longest = [400, 400, 400, 400, 3700, 3700, 3700, 7500][self.below(8)];
        (self.made, traced(self.made, 300 + self.below(longest)))
    }

    fn begin(&mut self) {
        let partner =
            Partner { tenant: if self.below(2) == 0 { CONTOSO } else { FABRIKAM }, ..partner_of(CONTOSO) };
        let (number, secret) = self.secret();
        if self.below(2) == 0 {
            let credential = StoredCredential { sealed: secret, ..credential_of(&partner) };
            self.owners.push(Owner::Connected(partner.clone(), credential.id, number));
            self.changes.push(beside(&partner, vec![Effect::InsertCredential(credential)]));
        } else {
            let attempt = StoredAttempt { secret: Some(secret), ..attempt_of(&partner) };
            self.owners.push(Owner::Open(partner.clone(), attempt.clone(), number));
            self.changes.push(beside(&partner, vec![Effect::OpenAttempt(attempt)]));
        }
    }

    /// One of them goes on.
    fn step(&mut self) {
        let which = self.below(self.owners.len());
        let owner = self.owners.swap_remove(which);
        let choice = self.below(4);
        let (partner, effects) = match owner {
            Owner::Open(partner, attempt, _) if choice < 3 => self.redeem(partner, attempt),
            Owner::Open(partner, attempt, _) => {
                (partner, vec![Effect::CloseAttempt { id: attempt.id, read: AttemptPhase::Open }])
            }
            Owner::Redeeming(partner, attempt, number) => self.redeemed(partner, &attempt, number, choice),
            Owner::Connected(partner, credential, number) => self.used(partner, credential, number, choice),
            Owner::Releasing(partner, release, number) => self.tried(partner, &release, number, choice),
        };
        self.changes.push(beside(&partner, effects));
    }

    fn redeem(&mut self, partner: Partner, attempt: StoredAttempt) -> (Partner, Vec<Effect>) {
        let (number, code) = self.secret();
        let effect = Effect::RedeemAttempt { id: attempt.id, code };
        self.owners.push(Owner::Redeeming(partner.clone(), attempt, number));
        (partner, vec![effect])
    }

    fn redeemed(
        &mut self,
        partner: Partner,
        attempt: &StoredAttempt,
        number: u16,
        choice: usize,
    ) -> (Partner, Vec<Effect>) {
        let close = Effect::CloseAttempt { id: attempt.id, read: AttemptPhase::Redeeming };
        if choice == 0 {
            let release = release_of(&partner, at(0));
            let moved = begin(&release, ReleaseSecret::Code(attempt.id));
            self.owners.push(Owner::Releasing(partner.clone(), release, number));
            return (partner, vec![moved, close]);
        }
        let (number, sealed) = self.secret();
        let credential = StoredCredential { sealed, ..credential_of(&partner) };
        self.owners.push(Owner::Connected(partner.clone(), credential.id, number));
        (partner, vec![close, Effect::InsertCredential(credential)])
    }

    fn used(
        &mut self,
        partner: Partner,
        read: CredentialId,
        number: u16,
        choice: usize,
    ) -> (Partner, Vec<Effect>) {
        if choice < 2 {
            let (number, sealed) = self.secret();
            let credential = StoredCredential { sealed, ..credential_of(&partner) };
            self.owners.push(Owner::Connected(partner.clone(), credential.id, number));
            return (partner, vec![Effect::ReplaceCredential { read, credential }]);
        }
        let release = release_of(&partner, at(0));
        let moved = begin(&release, ReleaseSecret::Credential(read));
        self.owners.push(Owner::Releasing(partner.clone(), release, number));
        (partner, vec![moved])
    }

    fn tried(
        &mut self,
        partner: Partner,
        release: &Release,
        number: u16,
        choice: usize,
    ) -> (Partner, Vec<Effect>) {
        if choice > 1 {
            return (partner, vec![update_release(release, &confirmed(release), None)]);
        }
        let after = put_off(release, at(9));
        let (number, secret) = if choice == 0 {
            (number, SecretChange::Keep)
        } else {
            let (number, sealed) = self.secret();
            (number, SecretChange::Replace(Field::Credential, sealed))
        };
        self.owners.push(Owner::Releasing(partner.clone(), after.clone(), number));
        (partner, vec![Effect::UpdateRelease { release: after, read: release.version, lease: None, secret }])
    }

    fn alive(&self) -> BTreeSet<u16> {
        let number = |owner: &Owner| match owner {
            Owner::Open(.., number)
            | Owner::Redeeming(.., number)
            | Owner::Connected(.., number)
            | Owner::Releasing(.., number) => *number,
        };
        self.owners.iter().map(number).collect()
    }

    /// Commits what was collected, in groups.
    async fn commit(&mut self, store: &impl Store) {
        // Two steps of the same owner would race within a group; order is kept, so they do not.
        let answers = all_at_once(store, std::mem::take(&mut self.changes), || {}).await;
        assert_eq!(how_many(&answers, &APPLIED), answers.len(), "{answers:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_thousands_of_secrets_that_came_moved_and_went_only_the_living_are_left_and_each_once() {
    let place = Place::new();
    let store = place.open();
    let mut lives = Lives { random: 1, made: 0, owners: Vec::new(), changes: Vec::new() };
    for round in 0..120 {
        for _ in 0..40 {
            // First there are more and more, at last fewer and fewer.
            if lives.owners.is_empty() || lives.below(120) > round + 20 {
                lives.begin();
            } else {
                lives.step();
            }
        }
        lives.commit(&store).await;
    }
    let alive = lives.alive();
    assert!(lives.made > 3000 && alive.len() > 300, "{} made, {} alive", lives.made, alive.len());
    until_left(&place, &alive.iter().copied().collect::<Vec<_>>()).await;
    assert!(words_in(&place.file_beside("-wal")).is_empty(), "the log is empty");
    let twice = words_in(&place.path()).values().filter(|times| **times != 1).count();
    assert_eq!(twice, 0, "a copy of a living secret would outlive it");
    assert_eq!(pages_with_rows_and_secrets(&place), 0, "what lies between rows is copied with them");

    let mut stored = BTreeSet::new();
    let mut after: Option<SecretPlace> = None;
    loop {
        let some = store.secrets(after, 100).await.unwrap();
        let Some(last) = some.last() else { break };
        after = Some(last.place);
        stored.extend(some.iter().map(|secret| number_in(&secret.sealed.0[..WORD]).unwrap().0));
    }
    assert_eq!(stored, alive);
    let rows: u32 = place.outsider().query_row("SELECT count(*) FROM secrets", [], |row| row.get(0)).unwrap();
    assert_eq!(rows as usize, alive.len(), "no secret is left without an owner");
    store.close();
    assert_eq!(left(&place), alive);
}
