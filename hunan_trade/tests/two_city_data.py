"""Creates test data of two cities for three months by calling the portal's own actions.

The date is 8 April 2013.
January of both is accepted and its bulletin issued; February is accepted, its bulletin a draft; March of 郴州 has been
uploaded, sent, given back with cells pointed at, and has an exemption waiting.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import product

from django.db.models import Model
from django.test import Client

from enterprises.models import Enterprise
from enterprises.tests import return_factories as filing
from hunan_trade import clock
from hunan_trade.accounts.models import PasswordLink, SessionRecord, Token, User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.actions import System
from hunan_trade.indicators.models import Observation
from hunan_trade.intake import datasets, return_sheets
from hunan_trade.intake.actions import deciding, filling
from hunan_trade.intake.models import Exemption, MonthlyReturn, Round, Upload
from hunan_trade.jobs import actions as jobs
from hunan_trade.jobs.models import Job
from hunan_trade.lists.models import Act, Attachment, Import
from hunan_trade.periods import Month
from hunan_trade.tests.portal_urls import parameters_of, routes, url_of
from projects.models import (
    Batch,
    BatchMembership,
    CapitalIncrease,
    Project,
    ProjectContact,
    ProjectPair,
    StageEntry,
    Termination,
)
from projects.tests import factories as projects
from reporting.models import Report
from reporting.tests import factories
from targets import actions as plans
from targets.models import PlanItem, Roster, Target, TaskState

OURS, THEIRS = cast.CHANGSHA, cast.CHENZHOU
JANUARY, FEBRUARY, MARCH = Month(2013, 1), Month(2013, 2), Month(2013, 3)
TODAY = clock.at(date(2013, 4, 8), 10)
WISH = {"kind": "monthly-bulletin", "month": "2013-03"}  # of the jobs


@dataclass(frozen=True)
class TwoCities:
    ours: factories.City
    theirs: factories.City
    province: factories.Province
    clients: dict[str, Client]
    tokens: dict[str, dict[str, str]]

    def urls(self, *, tokens: bool = False) -> list[str]:
        """Return the URLs of all rows of both cities."""
        found = []
        for route in sorted(routes()):
            if tokens and not route.startswith("/api/"):
                continue
            values = [values_of_parameter(route, name) for name in parameters_of(route)]
            names = parameters_of(route)
            found += [url_of(route, dict(zip(names, chosen, strict=True))) for chosen in product(*values)]
        return found


def values_of_parameter(route: str, name: str) -> list[object]:
    """Return all values that a URL parameter can take for rows of both cities."""
    match name:
        case "region":
            return [OURS, THEIRS]
        case "month":
            return [JANUARY, FEBRUARY, MARCH]
        case "number" if "items" in route:
            return [1, 4]
        case "number":
            return [1, 2]
        case "year":
            return [2013]
        case "format_":
            return ["docx", "xlsx", "html", "pdf"]
        case "pk" if "projects_code" in route:
            return list(Project.objects.values_list("code", flat=True))
        case "code":
            return list(customs_codes())
        case "attachment":
            return list(Attachment.objects.values_list("pk", flat=True))
        case "upload":
            return list(Upload.objects.values_list("pk", flat=True))
        case "sheet":
            return [dataset.code for dataset in datasets.declared()]
        case "pk" if route.startswith("/api/v1/returns/"):
            return list(MonthlyReturn.objects.filter(region__in=[OURS, THEIRS]).values_list("pk", flat=True))
        case "reference":
            return [f"act:{act}" for act in Act.objects.values_list("pk", flat=True)]
        case "seq":
            return [1]
        case "pk" if "regions" in route:
            return [OURS, THEIRS]
    return list(row_ids(route))


def customs_codes() -> Iterator[str]:
    from_register = datasets.get("processing_trade")
    for region in (OURS, THEIRS):
        yield from {row.key.split("/")[0] for row in from_register.load(region, MARCH, None).rows}


def row_ids(route: str) -> list[int]:
    """Return the primary keys of rows that a route may refer to."""
    models: tuple[tuple[str, type[Model]], ...] = (
        ("/import/", Import), ("/enterprises/", Enterprise), ("/reports/", Report), ("/uploads/", Upload), ("/jobs/", Job), ("/exemptions/", Exemption),
        ("/tokens/", Token), ("/observations/", Observation), ("/returns/", MonthlyReturn), ("/sessions/", SessionRecord),
        ("/lead/", PlanItem), ("/states/", TaskState), ("/milestones/", Target), ("/rosters/", Roster),
        ("/projects/stages/", StageEntry), ("/project-stages/", StageEntry), ("/projects/increases/", CapitalIncrease), ("/project-increases/", CapitalIncrease),
        ("/projects/duplicates/", ProjectPair), ("/project-duplicates/", ProjectPair),
        ("/projects/terminations/", Termination), ("/project-terminations/", Termination),
        ("/projects/batches/memberships/", BatchMembership), ("/batch-memberships/", BatchMembership),
        ("/projects/batches/", Batch), ("/batches/", Batch),
        ("/projects/contacts/", ProjectContact), ("/project-contacts/", ProjectContact),
    )  # fmt: skip
    for part, model in models:
        if part in route:
            found: list[int] = list(model._default_manager.values_list("pk", flat=True))
            return found[:3] if "/plan/" in route else found  # of the plan, which is one for all, a few
    return list(User.objects.values_list("pk", flat=True))


def create_two_cities(exports: str, capital: str, earlier: str, reason: str = "与海关数不符") -> TwoCities:
    """Create two cities with returns of three months, the second with the given figures.

    `exports` (万美元) and `capital` (万元) are those of February, `earlier` the exports typed for March.
    """
    people = factories.create_province()
    with clock.frozen_at(clock.at(date(2012, 12, 3), 9)):
        ours, theirs = factories.create_city(OURS), factories.create_city(THEIRS)
        plans.load_plan_2013(by=System("初始化"))
    january = [factories.accepted(place, JANUARY, ("60", "0"), people.officer) for place in (ours, theirs)]
    with factories.clock_in_month_after(JANUARY, 20):
        factories.issued(people, JANUARY)
    factories.correct_return(theirs, january[1], ("61", "0"), people, date(2013, 2, 25))
    factories.accepted(ours, FEBRUARY, ("50000", "0"), people.officer)
    factories.accepted(theirs, FEBRUARY, (exports, "0"), people.officer, i09=capital)
    with factories.clock_in_month_after(FEBRUARY, 20):
        factories.drafted(FEBRUARY)
    with factories.clock_in_month_after(MARCH, 2):
        _create_march(ours, theirs, people, earlier, reason)
    clients = {
        "nobody": Client(),
        "reporter": factories.logged_in_client(ours.reporter),
        "lead": factories.logged_in_client(ours.lead),
        "their reporter": factories.logged_in_client(theirs.reporter),
        "their lead": factories.logged_in_client(theirs.lead),
        "officer": factories.logged_in_client(people.officer),
    }
    tokens = {
        name: cast.bearer_headers(user)
        for name, user in (("reporter", ours.reporter), ("lead", ours.lead), ("their reporter", theirs.reporter))
    }
    return TwoCities(ours, theirs, people, clients, tokens)


def _create_march(
    ours: factories.City, theirs: factories.City, people: factories.Province, earlier: str, reason: str
) -> None:
    monthly_return = filing.opened(THEIRS, MARCH)
    factories.fill_return(theirs, monthly_return, (earlier, "0"), factories.SUMMARY)
    book = return_sheets.stored_sheets(monthly_return).workbook(version=monthly_return.version, demo=True)
    filling.receive_upload(monthly_return.pk, book, "三月.xlsx", by=theirs.reporter)
    sent = filing.handed_up_and_signed(monthly_return, theirs.reporter, theirs.lead)
    pointed = deciding.RemarkedCell("city_summary", "09", "month")
    deciding.give_back(monthly_return.pk, reason, by=people.officer, seen=sent.digest, cells=[pointed])
    deciding.ask_exemption(monthly_return.pk, "late", "等海关改单", TODAY.replace(day=20), by=people.officer)
    own = MonthlyReturn.objects.get(region=OURS, month=MARCH.first)
    factories.fill_return(ours, own, ("70", "0"), factories.SUMMARY)
    for place, code in ((ours, OURS), (theirs, THEIRS)):
        projects.project(place.reporter)
        projects.proposed_increase(place.reporter, projects.stepped_project(place.reporter, "sign", "land"))
        round_ = Round.objects.filter(monthly_return__region=code).latest("pk")
        projects.accepted_month(projects.stepped_project(place.reporter, "sign", "land"), round_)
        projects.terminated_project(place.reporter)
        projects.project_pair(place.reporter)
        contact = projects.logged_contact(place.reporter)
        projects.followed_project(place.reporter, contact.project)
        jobs.enqueue("reports.write", WISH, key=code, by=place.reporter, title="导出", region=code)
        _finish_job(
            jobs.enqueue("reports.write", WISH, key=f"{code} done", by=place.reporter, title="导出", region=code)
        )
        PasswordLink.objects.create(digest=code, user=place.lead, expires_at=TODAY)
    projects.listed_project(people.officer, projects.decided_batch(people.boss))


def _finish_job(job: Job) -> None:
    now = {"started_at": TODAY, "finished_at": TODAY, "lease_until": None, "result": {"file": "已办"}}
    Job.objects.filter(pk=job.pk).update(state=Job.State.DONE, attempt=1, **now)


@contextmanager
def clock_at_today() -> Iterator[None]:
    with clock.frozen_at(TODAY):
        yield
