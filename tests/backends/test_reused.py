"""The tests of every stage once more, on PostgreSQL and on S3.

To add a file of tests, add a line here.
"""

from __future__ import annotations

import pytest

from tests.backends.places import CATALOGS
from tests.backends.reuse import suite

without_grace = pytest.mark.usefixtures("no_grace")

TestChanges = suite("dataset.test_changes")
TestHistory = suite("dataset.test_history")
TestGates = suite("dataset.test_gates")
TestReads = suite("dataset.test_reads")
TestWork = suite("spine.test_work")
TestConcurrent = suite("spine.test_concurrent")
TestSnapshots = suite("spine.store.test_snapshots")
TestPrepared = suite("spine.store.test_prepared")
TestQuarantine = suite("spine.store.test_quarantine")
TestLineageReads = suite("spine.lineage.test_reads")
TestDerive = suite("spine.lineage.test_derive")
TestEvents = suite("spine.lineage.test_events")
TestIngest = suite("ingest.test_ingest")
TestReleasing = suite(
    "ingest.test_releasing", without=("test_what_was_kept_before_it_was_written_down_how_says_so",)
)
TestReleasingByKey = suite("ingest.test_releasing_by_key")
TestFixing = suite("ingest.test_fixing")
TestDiscarding = suite("ingest.test_discarding")
TestErasingQuarantined = suite("dataset.erasing.test_quarantined")
TestModels = suite("model.conftest", "model.test_models")
TestPrompts = suite("model.conftest", "model.test_prompts")
TestPredictions = suite(
    "serve.conftest",
    "serve.test_log",
    without=(
        "test_users_are_hashed_with_a_salt_of_the_project",
        "test_what_is_logged_is_listed_once_in_the_words_of_the_first_call",
        "test_merging_small_segments_changes_no_answer",
    ),
)
TestPredictionsAtOnce = suite(
    "serve.conftest",
    "serve.test_log_at_once",
    without=("test_fifty_small_calls_answer_as_one_large_call_does",),
)
TestListing = suite(
    "serve.conftest",
    "serve.test_reading",
    without=(
        "test_a_list_is_what_a_plain_search_finds",
        "test_what_is_listed_can_be_logged_elsewhere_and_is_the_same",
    ),
)
TestLabelling = suite(
    "serve.conftest",
    "serve.test_labelling",
    without=("test_however_feedback_is_cut_and_repeated_the_same_is_kept",),
    on=CATALOGS,
)
TestWatchedPredictions = suite("serve.conftest", "serve.test_watched", on=CATALOGS)
TestExpiring = suite("serve.conftest", "serve.capturing.test_expiring", on=CATALOGS)
TestMonitors = suite("monitor.test_running")
TestPools = suite("pipeline.test_pools")
TestLanding = suite(
    "pipeline.test_landing",
    without=("test_a_step_that_makes_rows_asks_and_syncs_few_things",),
    on=CATALOGS,
)
TestReleases = suite("serve.conftest", "serve.test_releases")
TestActions = suite(
    "serve.conftest",
    "serve.test_actions",
    without=("test_a_plan_comes_true_and_ends_out_of_reach",),
)
TestSchedules = suite("pipeline.schedule.test_asking")
TestSchedulers = suite(
    "pipeline.schedule.test_scheduler",
    without=("test_a_tenants_ticks_and_steps_are_no_other_tenants",),
)
TestStatus = suite("pipeline.schedule.test_status")
TestBlast = suite("flows.conftest", "flows.test_blast")
TestRollback = suite("flows.conftest", "flows.test_rollback")
TestTrace = suite("flows.conftest", "flows.test_trace")
TestAttempts = suite("spine.test_attempts")
TestStreaming = suite("spine.test_streaming")
TestErase = suite("dataset.erasing.test_erase")
TestBranches = suite("dataset.branching.test_branches")
TestMerge = suite("dataset.branching.test_merge")
TestTogether = suite("dataset.test_together")
TestGetting = suite("dataset.test_getting")
TestParts = suite("dataset.test_parts")
TestFolders = suite("dataset.files.test_commit")
TestFiles = suite("dataset.files.test_reads")
TestErasingFiles = suite("dataset.files.test_erasing")
TestExport = suite("dataset.moving.test_export")
TestImporting = suite("dataset.moving.test_importing")
TestMirror = suite("dataset.moving.test_mirror")
TestVerify = suite("dataset.verifying.test_verify")
TestWriting = suite("spine.outbox.conftest", "spine.outbox.test_writing", on=CATALOGS)
TestDelivering = suite("spine.outbox.conftest", "spine.outbox.test_delivering", on=CATALOGS)
TestDeliverersKilled = suite("spine.outbox.conftest", "spine.outbox.test_kills", on=CATALOGS)
TestUpkeep = without_grace(
    suite(
        "dataset.upkeep.test_verbs",
        without=("test_fsck_exits_1_and_names_file_snapshots_and_mend",),
    )
)
TestCollecting = without_grace(
    suite(
        "spine.store.upkeep.test_gc",
        without=(
            "test_what_nobody_names_goes_to_the_trash_and_a_grace_later_for_good",
            "test_leftovers_of_a_killed_writer_go_after_an_hour",
            "test_a_commit_writes_again_what_was_collected_under_it",
        ),
    )
)
TestChecking = without_grace(
    suite(
        "spine.store.upkeep.test_fsck",
        without=(
            "test_a_fault_in_any_kind_of_blob_is_named",
            "test_without_deep_counts_and_ids_are_checked_and_content_is_not",
            "test_a_problem_names_the_snapshots_that_need_the_file",
            "test_one_dataset_is_checked_alone",
            "test_the_files_of_a_lost_manifest_are_not_taken_for_orphans",
        ),
    )
)
TestForeignEvents = suite("pipeline.openlineage.test_taking")
TestForeignKept = suite(
    "spine.lineage.foreign.test_keep",
    without=(
        "test_events_in_any_order_and_twice_tell_the_same_graph",
        "test_what_is_gathered_does_not_depend_on_the_order",
        "test_an_end_stands_however_late_the_beginning_is_told",
        "test_aliases_and_parents_are_edges",
        "test_jobs_that_share_the_id_of_a_run_tell_the_same_in_any_order",
    ),
)
TestForeignWalk = suite("spine.lineage.foreign.test_walk")
TestCrossing = suite(
    "flows.test_crossing", without=("test_settings_say_which_foreign_datasets_are_ours",)
)
TestEmitting = suite("pipeline.openlineage.test_emitting")
TestForeignErased = suite(
    "pipeline.test_erasers",
    without=("test_a_person_is_taken_out_of_posts_names_of_files_and_errors",),
)
