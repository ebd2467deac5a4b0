//! What the port promises. Each promise is a function that never asks which backend it got, and each runs for
//! every backend, so that a failure reads `contract::postgres::a_stale_changeset_changes_nothing`.

mod attempts;
mod audit;
mod commits;
mod concurrency;
mod credentials;
mod due;
mod effects;
mod once;
mod queries;
mod reads;
mod releases;
mod secrets;
mod settings;

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
                (gangway_store::SqliteStore::open(&options, &crate::samples::key()).unwrap(), directory)
            }
        }

        mod postgres {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $promise() {
                    let (store, _kept) = start().await;
                    super::$group::$promise(&store).await;
                }
            )+

            /// A copy of a database that has the schema, and what looks at every statement that is prepared.
            async fn start() -> (gangway_store::PostgresStore, crate::portable::Watch) {
                let watch = crate::portable::Watch::new();
                let options = crate::distributed::options_of_a_patient_store().await;
                (gangway_store::PostgresStore::open(&options, &crate::samples::key()).await.unwrap(), watch)
            }
        }

        /// The same where every transaction is SERIALIZABLE and a third of them fails, early or late.
        mod postgres_serializable {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $promise() {
                    let options = crate::distributed::options_of_a_stubborn_database().await;
                    let store = gangway_store::PostgresStore::open(&options, &crate::samples::key()).await.unwrap();
                    super::$group::$promise(&store).await;
                }
            )+
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
    reads::connected_partners_come_in_the_order_of_keys,
    reads::a_working_store_is_ready,
    audit::every_activity_and_actor_reads_back_as_it_was,
    audit::events_come_newest_first_and_no_more_than_asked,
    audit::events_of_another_tenant_are_never_shown,
    audit::what_is_refused_leaves_no_event,
    concurrency::of_many_that_read_the_same_version_one_is_applied,
    concurrency::every_version_is_won_by_exactly_one,
    concurrency::one_that_cannot_be_stored_fails_alone,
    concurrency::a_caller_that_stops_waiting_leaves_all_of_it_or_nothing,
    concurrency::reads_go_on_while_others_write,
    queries::random_queries_about_partners_are_answered_as_by_hand,
    queries::random_queries_about_audit_events_are_answered_as_by_hand,
    queries::every_property_of_the_schema_can_be_asked_about,
    queries::pages_one_after_the_other_are_the_whole_list,
    queries::what_comes_while_pages_are_read_neither_repeats_nor_hides_anything,
    queries::a_page_goes_on_behind_an_item_that_is_gone,
    queries::a_place_in_another_order_is_refused,
    queries::items_are_left_out_at_the_beginning_and_none_beyond_the_end,
    queries::a_query_with_more_values_than_there_can_be_is_refused_whole,
    attempts::an_attempt_reads_back_as_it_was_opened,
    attempts::an_attempt_that_is_not_open_cannot_begin,
    attempts::the_id_of_an_attempt_is_used_once,
    attempts::an_answered_attempt_has_its_code_and_no_other_secret,
    attempts::only_an_open_attempt_of_the_same_partner_can_be_answered,
    attempts::a_closed_attempt_has_no_secret_and_all_the_rest,
    attempts::an_attempt_is_only_closed_in_the_phase_it_was_read_in,
    attempts::refused_callbacks_are_counted,
    attempts::refusals_stop_being_counted_before_they_overflow,
    attempts::closed_attempts_that_expired_before_are_forgotten,
    credentials::a_credential_reads_back_as_it_was,
    credentials::a_partner_has_one_credential,
    credentials::the_same_partner_id_in_two_tenants_has_two_credentials,
    credentials::a_credential_is_replaced_if_it_is_the_one_that_was_read,
    credentials::a_credential_is_moved_if_it_is_the_one_that_was_read,
    credentials::of_many_that_refresh_at_once_one_is_applied,
    releases::every_state_of_a_release_reads_back_as_it_was,
    releases::an_answer_that_was_lost_was_never_a_confirmation,
    releases::an_update_replaces_every_property_of_a_release,
    releases::a_release_takes_the_credential_with_it,
    releases::a_release_takes_the_code_with_it,
    releases::a_release_that_is_over_from_the_first_destroys_what_it_takes,
    releases::a_pending_release_without_a_secret_is_refused,
    releases::the_id_of_a_release_is_used_once,
    releases::a_release_keeps_its_secret_until_it_is_over,
    releases::the_secret_of_a_pending_release_can_be_replaced,
    releases::a_stale_update_of_a_release_changes_nothing,
    releases::a_release_that_is_over_cannot_be_revived,
    releases::releases_come_newest_first_and_only_those_asked_for,
    releases::it_is_known_how_many_releases_are_pending_since_when,
    due::what_is_due_comes_longest_due_first_and_no_more_than_asked,
    due::of_what_is_due_of_a_partner_the_oldest_comes_first,
    due::what_is_put_off_for_longer_than_anything_is_due,
    due::what_was_put_off_is_due_later,
    due::nothing_is_due_for_who_holds_no_lease,
    due::a_lease_that_is_held_on_to_keeps_its_epoch,
    due::a_result_under_a_lease_that_was_lost_is_refused,
    due::leases_come_back_with_a_higher_epoch,
    effects::a_changeset_is_applied_with_everything_that_comes_with_it,
    effects::effects_come_one_after_the_other,
    effects::when_one_effect_is_not_as_expected_nothing_of_the_changeset_remains,
    effects::a_stale_partner_keeps_its_effects_from_happening,
    effects::what_was_sent_again_is_a_duplicate_and_has_no_effect,
    effects::an_effect_on_another_partner_is_refused,
    effects::a_partner_that_is_kept_is_not_touched_whatever_it_is,
    effects::what_turns_out_stale_half_way_fails_alone,
    effects::the_largest_secret_is_kept_and_one_byte_more_is_refused_whole,
    secrets::secrets_come_in_the_order_of_their_places_as_many_as_asked,
    secrets::the_place_to_go_on_from_need_not_be_there_any_more,
    secrets::every_secret_can_be_sealed_anew,
    secrets::a_secret_that_is_another_or_gone_is_not_sealed_anew,
    once::a_silent_changeset_sent_again_is_a_duplicate_wherever_its_row_has_gone,
    once::a_stale_silent_changeset_leaves_no_id,
    once::it_is_known_what_was_committed_whether_or_not_it_has_an_event,
    once::an_id_is_used_once_whether_or_not_it_has_an_event,
    once::silent_changesets_are_forgotten_by_the_time_in_their_ids,
    once::no_generation_of_a_partner_comes_twice,
    once::of_an_insert_and_a_delete_at_once_the_generation_is_new_or_nothing_is_there,
    settings::settings_that_nobody_has_set_are_not_there,
    settings::every_state_of_settings_reads_back_as_it_was,
    settings::a_change_of_settings_is_told_by_its_event,
    settings::a_stale_change_of_settings_changes_nothing,
    settings::a_change_of_settings_sent_again_is_a_duplicate_and_changes_nothing,
    settings::settings_are_a_tenants_own,
    settings::settings_that_cannot_be_stored_are_refused_whole,
    settings::a_change_of_settings_has_no_effects_and_no_other_event,
    settings::of_many_that_change_settings_at_once_one_is_applied,
}
