"""Settings for tests of workers: the portal's settings with the job kinds that tests declare."""

from hunan_trade import app_declaration_settings
from hunan_trade.settings import *  # noqa: F403

KINDS = (
    "count",
    "count_slowly",
    "raise_refusal",
    "raise_unexpected_error",
    "raise_temporary_fault",
    "exceed_time_limit",
    "kill_worker",
)
TEST_JOBS = {f"test.{name}": f"hunan_trade.jobs.tests.sample_job_functions.{name}" for name in KINDS}
JOB_KINDS = {**TEST_JOBS, **dict.fromkeys(app_declaration_settings.JOB_KINDS, TEST_JOBS["test.count"])}
