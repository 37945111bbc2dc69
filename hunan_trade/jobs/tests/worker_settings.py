"""The portal's settings with the jobs of the tests, also for worker processes that tests start and kill."""

from hunan_trade.settings import *  # noqa: F403

KINDS = ("count", "count_slowly", "refuse", "break_down", "meet_a_passing_fault", "run_too_long", "kill_worker")
TEST_JOBS = {f"test.{name}": f"hunan_trade.jobs.tests.job_kinds.{name}" for name in KINDS}
JOB_KINDS = {**TEST_JOBS, **dict.fromkeys(JOB_KINDS, TEST_JOBS["test.count"])}  # noqa: F405
