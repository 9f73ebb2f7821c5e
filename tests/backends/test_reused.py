"""The tests of every stage once more, on PostgreSQL and on S3.

To add a file of tests, add a line here.
"""

from __future__ import annotations

from tests.backends.reuse import suite

TestChanges = suite("dataset.test_changes")
TestHistory = suite("dataset.test_history")
TestGates = suite("dataset.test_gates")
TestReads = suite("dataset.test_reads")
TestWork = suite("spine.test_work")
TestConcurrent = suite("spine.test_concurrent")
TestSnapshots = suite("spine.store.test_snapshots")
TestQuarantine = suite("spine.store.test_quarantine")
TestLineageReads = suite("spine.lineage.test_reads")
TestDerive = suite("spine.lineage.test_derive")
TestEvents = suite("spine.lineage.test_events")
TestIngest = suite("ingest.test_ingest")
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
TestReleases = suite("serve.conftest", "serve.test_releases")
TestActions = suite(
    "serve.conftest",
    "serve.test_actions",
    without=("test_a_plan_comes_true_and_ends_out_of_reach",),
)
TestBlast = suite("flows.conftest", "flows.test_blast")
TestRollback = suite("flows.conftest", "flows.test_rollback")
TestTrace = suite("flows.conftest", "flows.test_trace")
