"""Creates records of every declared list for tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from enterprises.tests.return_factories import enterprise
from events.actions import load_events
from hunan_trade import clock
from hunan_trade.accounts import actions
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Role
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.actions import System, record
from hunan_trade.indicators.tests.source_and_rate_factories import decided_rate, decided_source
from hunan_trade.intake.actions import opening
from hunan_trade.intake.models import Exemption, MonthlyReturn
from hunan_trade.intake.tests.return_requests_and_workbooks import decided_threshold
from hunan_trade.jobs.tests.factories import job
from hunan_trade.periods import Month
from parks.actions import load_parks
from projects.tests.factories import (
    closed_year,
    decided_batch,
    decided_batch_threshold,
    decided_counting,
    listed_group,
    listed_project,
    logged_contact,
    project,
    project_pair,
    proposed_increase,
    stepped_project,
    terminated_project,
)
from reporting.tests.factories import create_province, create_reports
from targets.actions import load_plan_2013

# Records of each list, beside the accounts of the tests.
ROWS: dict[str, Callable[[], Any]] = {
    "parks": lambda: load_parks(by=System("初始化")),
    "events": lambda: [load_plan_2013(by=System("初始化")), load_events(by=System("初始化"))],
    "enterprises": lambda: [enterprise(cast.reporter(city)) for city in (cast.CHANGSHA, cast.CHENZHOU)],
    "projects": lambda: [project(cast.reporter(city)) for city in (cast.CHANGSHA, cast.CHENZHOU)],
    "fortune": lambda: [
        listed_group(cast.officer(), f"演示{name}", rank=rank, year=year)
        for year in (2013, 2014)
        for rank, name in enumerate(("甲集团", "乙公司", "丙实业", "丁控股"), start=1)
    ],
    "project-stages": lambda: [
        stepped_project(cast.reporter(city), "sign", "land") for city in (cast.CHANGSHA, cast.CHENZHOU)
    ],
    "project-increases": lambda: [
        proposed_increase(cast.reporter(city), usd=8_123_400) for city in (cast.CHANGSHA, cast.CHENZHOU)
    ],
    "project-contacts": lambda: [logged_contact(cast.reporter(city)) for city in (cast.CHANGSHA, cast.CHENZHOU)],
    "project-terminations": lambda: [
        terminated_project(cast.reporter(city)) for city in (cast.CHANGSHA, cast.CHENZHOU)
    ],
    "batches": lambda: decided_batch(cast.province_lead()),
    "batch-memberships": lambda: listed_project(cast.officer(), decided_batch(cast.province_lead())),
    "batch-thresholds": lambda: decided_batch_threshold(cast.province_lead(), 60_001_200),
    "project-duplicates": lambda: [project_pair(cast.reporter(city)) for city in (cast.CHANGSHA, cast.CHENZHOU)],
    "codes": lambda: actions.replace_password_with_code(user=cast.lead(), by=cast.administrator(), reason="忘记密码"),
    "tokens": lambda: [cast.token(officer) for officer in User.objects.filter(role=Role.PROVINCE_OFFICER)],
    "audit": lambda: record("session.opened", by=System("初始化")),
    "jobs": lambda: job("audit.verify"),
    "rosters": lambda: load_plan_2013(by=System("初始化")),
    "returns": lambda: opening.open_month(Month(2013, 5), by=System("日历")),
    "exemptions": lambda: Exemption.objects.create(
        monthly_return=MonthlyReturn.objects.earliest("pk"),
        kind=Exemption.Kind.LATE,
        asked_by=cast.reporter(),
        asked_at=clock.now(),
        reason="补报",
        until=clock.now(),
    ),
    "thresholds": lambda: decided_threshold(User.objects.filter(role=Role.PROVINCE_OFFICER).earliest("pk")),
    "source-decisions": lambda: decided_source(User.objects.filter(role=Role.PROVINCE_OFFICER).earliest("pk")),
    "year-rates": lambda: decided_rate(User.objects.filter(role=Role.PROVINCE_OFFICER).earliest("pk")),
    "year-closings": lambda: closed_year(User.objects.filter(role=Role.PROVINCE_OFFICER).earliest("pk")),
    "counting-decisions": lambda: decided_counting(User.objects.filter(role=Role.PROVINCE_OFFICER).earliest("pk")),
    "reports": lambda: create_reports(create_province(), [Month(2012, 11), Month(2012, 12)], "reviewed"),
}


def create_list_rows() -> None:
    """Create an officer and records of each list."""
    cast.officer()
    for make_rows in ROWS.values():
        make_rows()
