use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use gangway_domain::{Partner, Release};
use gangway_engine::{
    AttemptPhase, Changeset, CredentialId, Effect, Field, ReleaseSecret, Sealed, SecretChange, SecretPlace,
    Store, StoredAttempt, StoredCredential,
};

use super::Place;
use crate::samples::*;

const WORD: usize = 8;

/// A secret that can be told from every other wherever 15 bytes of it are found: each word of it says which it is
/// and where in it the word was.
fn traced(number: u16, length: usize) -> Sealed {
    let words = (0..=u16::MAX).flat_map(|place| word(number, place).to_be_bytes());
    Sealed(words.take(length).collect())
}

fn word(number: u16, place: u16) -> u64 {
    let check = number.wrapping_mul(0x9e37) ^ place.wrapping_mul(0x85eb);
    let middle = [number, place, check].into_iter().fold(0xa7, |word, part| (word << 16) | u64::from(part));
    (middle << 8) | 0x5e
}

fn number_in(bytes: &[u8]) -> Option<(u16, u16)> {
    let found = u64::from_be_bytes(bytes.try_into().ok()?);
    let [number, place] = [40, 24].map(|bits| u16::try_from((found >> bits) & 0xffff).unwrap_or(0));
    (found == word(number, place)).then_some((number, place))
}

/// Every word of every secret in a file, and how often it is there.
fn words_in(file: &Path) -> BTreeMap<(u16, u16), usize> {
    let mut found = BTreeMap::new();
    for bytes in std::fs::read(file).unwrap_or_default().windows(WORD) {
        if bytes[0] == 0xa7
            && let Some(word) = number_in(bytes)
        {
            *found.entry(word).or_default() += 1;
        }
    }
    found
}

/// The numbers of all secrets that something is left of, in the database or its log.
fn left(place: &Place) -> BTreeSet<u16> {
    let files = ["", "-wal"].map(|suffix| words_in(&place.file_beside(suffix)));
    files.iter().flat_map(|words| words.keys().map(|(number, _)| *number)).collect()
}

/// Waits until these are what is left, and says how long that took.
async fn until_left(place: &Place, wanted: &[u16]) -> Duration {
    let begun = Instant::now();
    let wanted: BTreeSet<u16> = wanted.iter().copied().collect();
    loop {
        let left = left(place);
        if left == wanted {
            return begun.elapsed();
        }
        assert!(begun.elapsed() < Duration::from_mins(1), "{left:?} are left, not {wanted:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A release with this secret, and the changeset that ends it.
async fn released(store: &impl Store, number: u16) -> (Partner, Changeset) {
    let partner = stored(store, CONTOSO).await;
    let release = release_of(&partner, at(0));
    let secret = ReleaseSecret::Given(Field::Credential, traced(number, 1000));
    done(store, beside(&partner, vec![begin(&release, secret)])).await;
    let end = beside(&partner, vec![update_release(&release, &confirmed(&release), None)]);
    (partner, end)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_destroyed_secret_is_gone_from_the_database_and_the_log_of_a_server_that_runs_on() {
    let place = Place::new();
    let store = place.open();
    let (kept, _) = released(&store, 1).await;
    for number in 2..5 {
        let (_, end) = released(&store, number).await;
        assert!(left(&place).is_superset(&[1, number].into()), "else it is no test");
        done(&store, end).await;
        let took = until_left(&place, &[1]).await;
        assert!(took < Duration::from_secs(20), "{took:?}; about one second where nothing else is done");
    }
    assert!(read(&store, &kept).await.is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_that_was_destroyed_last_is_gone_when_the_store_is_closed() {
    let place = Place::new();
    let store = place.open();
    let (_, end) = released(&store, 1).await;
    let _other = released(&store, 2).await;
    done(&store, end).await;
    store.close();
    assert_eq!(left(&place), [2].into());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_in_the_way_stops_no_commit_and_the_secret_is_gone_after_it() {
    let place = Place::new();
    let store = place.open();
    let (_, end) = released(&store, 1).await;
    let reader = place.outsider();
    reader.execute_batch("BEGIN; SELECT count(*) FROM partners;").unwrap();
    done(&store, end).await;
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        stored(&store, CONTOSO).await;
    }
    assert_eq!(left(&place), [1].into(), "the reader may need it still");
    reader.execute_batch("COMMIT").unwrap();
    until_left(&place, &[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_process_had_destroyed_is_gone_after_the_next_start() {
    let place = Place::new();
    let store = place.open();
    let (_, end) = released(&store, 1).await;
    let reader = place.outsider();
    reader.execute_batch("BEGIN; SELECT count(*) FROM partners;").unwrap();
    done(&store, end).await;

    // The files as they are this moment are what a killed process leaves behind.
    let left_behind = Place::new();
    for suffix in ["", "-wal"] {
        std::fs::copy(place.file_beside(suffix), left_behind.file_beside(suffix)).unwrap();
    }
    assert_eq!(left(&left_behind), [1].into(), "else it is no test");
    let revived = left_behind.open();
    until_left(&left_behind, &[]).await;
    drop(revived);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_that_was_sealed_anew_is_gone_in_its_old_form() {
    let place = Place::new();
    let store = place.open();
    released(&store, 1).await;
    let stored = store.secrets(None, 10).await.unwrap().remove(0);
    assert_eq!(store.reseal(stored, traced(2, 1000)).await, Ok(true));
    until_left(&place, &[2]).await;
}

/// Anything that can be destroyed or moved.
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
        // Most as long as real ones, a few as long as two pages.
        let longest = if self.below(20) == 0 { 7500 } else { 3700 };
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
        let moved = begin(&release, ReleaseSecret::Credential);
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
