//! What the port promises. Each promise is a function that never asks which backend it got, and each runs for
//! every backend, so that a failure reads `contract::sqlite::a_stale_changeset_changes_nothing`.

mod audit;
mod commits;
mod concurrency;
mod reads;

/// One test per promise and backend. A backend is a module with a `start` that answers with an empty store,
/// and with what has to be kept for as long as that is used.
macro_rules! for_each_backend {
    ($($group:ident :: $promise:ident),+ $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $promise() {
                    let (store, _kept) = start();
                    super::$group::$promise(&store).await;
                }
            )+

            fn start() -> (gangway_store::SqliteStore, tempfile::TempDir) {
                let directory = tempfile::tempdir().unwrap();
                let options = gangway_store::SqliteOptions::at(directory.path().join("gangway.db"));
                (gangway_store::SqliteStore::open(&options).unwrap(), directory)
            }
        }
    };
}

for_each_backend! {
    commits::what_was_applied_can_be_read_at_once,
    commits::every_state_of_a_partner_reads_back_as_it_was,
    commits::an_update_replaces_every_property,
    commits::a_stale_changeset_changes_nothing,
    commits::a_changeset_for_a_partner_that_is_gone_is_stale,
    commits::an_id_that_is_taken_changes_nothing,
    commits::a_deleted_partner_is_gone_and_its_audit_stays,
    commits::a_stale_delete_deletes_nothing,
    commits::an_update_sent_again_is_a_duplicate_and_changes_nothing,
    commits::an_insert_sent_again_is_a_duplicate_and_changes_nothing,
    commits::a_delete_sent_again_is_a_duplicate_and_changes_nothing,
    commits::an_insert_sent_again_after_a_delete_does_not_revive_the_partner,
    commits::a_changeset_sent_twice_at_once_is_applied_once,
    commits::an_audit_id_in_use_undoes_the_change_it_came_with,
    commits::what_cannot_be_stored_is_refused_whole,
    commits::an_audit_event_about_another_partner_is_refused,
    reads::nothing_is_there_at_first,
    reads::partners_come_oldest_id_first,
    reads::the_same_id_in_two_tenants_is_two_partners,
    reads::expired_attempts_come_longest_expired_first_and_no_more_than_asked,
    reads::an_attempt_is_expired_from_its_very_moment_on,
    reads::only_what_is_being_onboarded_can_expire,
    reads::a_working_store_is_ready,
    audit::every_activity_and_actor_reads_back_as_it_was,
    audit::events_come_newest_first_and_no_more_than_asked,
    audit::events_can_be_asked_for_by_partner,
    audit::events_of_another_tenant_are_never_shown,
    audit::what_is_refused_leaves_no_event,
    concurrency::of_many_that_read_the_same_version_one_is_applied,
    concurrency::every_version_is_won_by_exactly_one,
    concurrency::one_that_cannot_be_stored_fails_alone,
    concurrency::a_caller_that_stops_waiting_leaves_all_of_it_or_nothing,
    concurrency::reads_go_on_while_others_write,
}
