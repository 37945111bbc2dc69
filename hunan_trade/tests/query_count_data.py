"""Creates data for the tests that count database queries, with few rows and with many rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain, product
from typing import Any

from django.db.models import Model, QuerySet
from django.http import QueryDict
from django.test import Client

from enterprises.models import Enterprise
from enterprises.tests import import_factories as enterprise_imports
from enterprises.tests import return_factories as filing
from events.actions import load_events
from events.models import Event
from hunan_trade import clock
from hunan_trade.accounts import actions as accounts
from hunan_trade.accounts.models import PasswordLink, Token, User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.actions import System
from hunan_trade.audit.models import Event as AuditEvent
from hunan_trade.files import actions as files
from hunan_trade.home.tests.factories import record_trade
from hunan_trade.indicators.models import Observation
from hunan_trade.intake.models import MonthlyReturn, Remark, Round, Upload
from hunan_trade.jobs import actions as jobs
from hunan_trade.jobs.models import Job
from hunan_trade.lists.attachments.actions import attach
from hunan_trade.lists.declaration import Listing, declared
from hunan_trade.lists.downloads import download_jobs
from hunan_trade.lists.downloads.list_file_writer import DownloadQuery
from hunan_trade.lists.editing import bulk_edit
from hunan_trade.lists.history.history_models import find_history_model
from hunan_trade.lists.models import Act, Attachment, BulkEdit, Import, ListDownload
from hunan_trade.lists.record_change_preparation import RecordChange
from hunan_trade.lists.record_keys import key_url_pattern, keys_of
from hunan_trade.lists.tests.attachment_files import PDF
from hunan_trade.lists.tests.import_factories import SAMPLES, checked_import
from hunan_trade.periods import Month
from hunan_trade.regions.models import Region
from hunan_trade.tests import two_city_data
from hunan_trade.tests.two_city_data import MARCH, THEIRS, TODAY, WISH, TwoCities
from parks.actions import load_parks
from parks.models import Park
from parks.tables import PARKS
from projects.batches.tables import PROJECT_BATCHES
from projects.choices import EntryState
from projects.models import (
    Batch,
    BatchMembership,
    CapitalIncrease,
    FortuneGroup,
    Project,
    ProjectContact,
    ProjectPair,
    StageEntry,
    Termination,
)
from projects.tests.factories import listed_group
from reporting.models import Report
from reporting.tests import factories
from targets.actions_rosters import save_roster_entries
from targets.drafting.models import PlanDraft
from targets.models import PlanItem, Roster, RosterEntry, Target, TaskState, in_newest_plan
from targets.tests.test_plan_drafts import draft_of

MANY = 40
# Cities whose returns of March wait for a decision.
CITY_IN_REVIEW = cast.HENGYANG
MORE_CITIES_IN_REVIEW = ("430200", "430300", "430500", "430600")
DECEMBER = Month(2012, 12)
SYSTEM = System("测试")
_WAITING: dict[str, Any] = {"state": Job.State.WAITING}
_FAILED = {"state": Job.State.FAILED, "lease_until": None, "finished_at": TODAY, "error": "出错"}
_DONE = _FAILED | {"state": Job.State.DONE, "started_at": TODAY, "attempt": 1, "error": "", "result": {"file": "已办"}}


@dataclass(frozen=True)
class QueryData:
    """Users, test clients and token headers by role, for counting database queries."""

    cities: TwoCities
    users: dict[str, User]
    clients: dict[str, Client]
    tokens: dict[str, dict[str, str]]


NEW_ENTERPRISE = (f"{THEIRS[:4]}960000", "又一厂", THEIRS, "进料加工", "2012-01-31")


def create_query_data() -> QueryData:
    """Create users and a few rows for every URL, in the caller's transaction."""
    cities = two_city_data.create_two_cities("120", "5000", "80")
    users = {
        "officer": cities.province.officer,
        "province_lead": cities.province.boss,
        "reporter": cities.theirs.reporter,
        "lead": cities.theirs.lead,
        "admin": cast.administrator(),
        "security": cast.security_officer(),
        "auditor": cast.auditor(),
    }
    data = QueryData(
        cities,
        users,
        {"anonymous": Client()} | {role: factories.logged_in_client(user) for role, user in users.items()},
        {role: cast.bearer_headers(user) for role, user in users.items()},
    )
    load_parks(by=SYSTEM)
    load_events(by=SYSTEM)
    for name in ("演示寰宇集团", "演示远洋集团"):
        listed_group(users["officer"], name)
    for model in (Park, Event):
        model.objects.exclude(pk__in=model.objects.values("pk")[:2]).delete()
    for listing in (listing for listing in declared() if listing.attachments):
        attach(
            listing,
            _first_key(listing.visible_rows(cities.theirs.reporter))["pk"],
            PDF,
            "批复.pdf",
            by=users["officer"],
        )
    for who in ("officer", "province_lead"):
        for code in SAMPLES:
            checked_import(users[who], of=code)
    for who in ("officer", "province_lead", "reporter"):
        enterprise_imports.checked_import(users[who], enterprise_imports.enterprise_file(NEW_ENTERPRISE))
    Token.objects.update(last_used_at=clock.real_now())
    draft_of(by=users["officer"])
    _list_policies(range(2), users["officer"])
    _send_nil_return_of_march(CITY_IN_REVIEW)
    _add_accounts_and_jobs(data)
    _add_downloads(data, "format=csv")
    return data


def add_many_rows(data: QueryData) -> None:
    """Add many rows to every list."""
    _list_policies(range(2, MANY), data.users["officer"])
    for code in MORE_CITIES_IN_REVIEW:
        _send_nil_return_of_march(code)
    for _ in range(3):
        draft_of(by=data.users["officer"])
    for city in Region.objects.cities():
        record_trade(city.code, DECEMBER, 10)
    _add_downloads(data, "format=xlsx", "sort=name", "sort=-name")
    _copy_rows()


def _list_policies(numbers: Iterable[int], by: User) -> None:
    policies = Roster.objects.get(in_newest_plan(), code="policies")
    changes = [RecordChange({"roster": policies.pk, "name": f"政策{number}"}) for number in numbers]
    save_roster_entries(changes=changes, by=by, kind=Act.Kind.CREATED)


def _send_nil_return_of_march(city: str) -> None:
    """Send a city's return of March as a nil return, without figures."""
    place = factories.create_city(city)
    with factories.clock_in_month_after(MARCH, 3):
        march = filing.opened(city, MARCH)
        filing.declare_nil(march, "全月停产", place.reporter)
        filing.handed_up_and_signed(march, place.reporter, place.lead)


def _add_accounts_and_jobs(data: QueryData) -> None:
    someone = cast.reporter(THEIRS)
    accounts.replace_password_with_code(user=someone, by=data.users["admin"], reason="忘记")
    for user in (someone, *data.users.values()):
        accounts.grant_token(user=user, label="待领", scope=Token.Scope.READ, by=data.users["security"])
        for number, change in enumerate((_WAITING, _FAILED, _DONE)):
            job = jobs.enqueue("reports.write", WISH, key=f"{user.pk}-{number}", by=user, title="导出", region=THEIRS)
            Job.objects.filter(pk=job.pk).update(**change)


def _add_downloads(data: QueryData, *addresses: str) -> None:
    """Ask for files of a list, and store what a job would have written."""
    for user, address in product((data.users["officer"], data.users["reporter"]), addresses):
        asked = DownloadQuery.from_parameters(PARKS, user, QueryDict(address))
        download = download_jobs.request_download(asked, by=user)
        stored = files.store_file(address.encode(), content_type="text/csv")
        ListDownload.objects.filter(pk=download.pk).update(file=stored, name="园区平台.csv", count=26)
        Job.objects.filter(pk=download.job_id).update(**_DONE)


def _copy_rows() -> None:
    """Copy the rows of long lists with SQL, which is faster than calling actions."""
    for link in PasswordLink.objects.filter(used_at=None):
        others = [cast.reporter(THEIRS) for _ in range(MANY)]
        _copy(link, [{"user_id": user.pk, "digest": f"{user.pk:064}"} for user in others])
    for token in Token.objects.all():
        _copy(
            token,
            [
                {"prefix": f"{token.pk}-{more}", "digest": token.digest and f"{token.pk:032}{more:032}"}
                for more in range(MANY)
            ],
        )
    for model in (Park, Event, FortuneGroup):
        _copy(model.objects.earliest("pk"), [{"name": f"另一{more}"} for more in range(MANY)])
    for job in Job.objects.all():
        _copy(job, [{"key": f"{job.key} {more}"} for more in range(MANY)])
    for firm in Enterprise.objects.all():
        _copy(firm, [{"customs_code": f"{firm.region_id[:4]}95{firm.pk % 100:02}{more:02}"} for more in range(MANY)])
    for made in Project.objects.all():
        _copy(made, [{"code": f"{made.code[:-4]}9{made.pk % 100:02}{more:02}"} for more in range(MANY)])
    for membership in BatchMembership.objects.all():
        ended = {"left_on": membership.joined_on, "left_reason": "调整", "left_at": TODAY}
        _copy(membership, [ended | {"left_by_id": membership.entered_by_id} for _ in range(MANY)])
    for batch in Batch.objects.all():
        _copy(batch, [{"number": batch.number + more, "name": f"另一批{more}"} for more in range(1, MANY + 1)])
    for contact in ProjectContact.objects.all():
        _copy(contact, [{"person": f"{more}号"} for more in range(MANY)])
    for pair in ProjectPair.objects.all():
        later = Project.objects.filter(pk__gt=pair.second_id, city=pair.city).order_by("pk")
        _copy(pair, [{"second_id": pk} for pk in later.values_list("pk", flat=True)[:MANY]])
    for entry in chain(StageEntry.objects.all(), CapitalIncrease.objects.all(), Termination.objects.all()):
        undone = {"state": EntryState.VOID, "decided_by_id": entry.entered_by_id, "decided_at": TODAY}
        _copy(entry, [undone | {"decided_reason": "登记错"} for _ in range(MANY)])
    for report in Report.objects.all():
        months = [report.period.plus(more).first for more in (2, 4, 6, 8)]
        number = report.number and report.number + 1
        _copy(report, [{"month": month, "number": number and number + at} for at, month in enumerate(months)])
    for upload in Upload.objects.all():
        _copy(upload, [{"received_at": TODAY + timedelta(minutes=more)} for more in range(MANY)])
    for found in Import.objects.all():
        _copy(found, [{"received_at": TODAY + timedelta(minutes=more)} for more in range(MANY)])
    for remark in Remark.objects.all():
        _copy(remark, [{"key": f"{number:02}"} for number in (6, 7, 8)])
    for round_ in Round.objects.filter(decision="given_back"):
        _copy(round_, [{"number": number, "receipt": f"{round_.receipt}-{number}"} for number in (2, 3, 4)])


def _copy(row: Model, changes: Iterable[Mapping[str, Any]]) -> None:
    same = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if not field.primary_key}
    type(row)._default_manager.bulk_create(type(row)(**{**same, **change}) for change in changes)


# --- Which row an address is asked for ------------------------------------------------------------------------------
_RETURN = "/returns/<city:region>/<month:month>/"


def _keys_of_register(listing: Listing, reader: Any) -> dict[str, Callable[[], dict[str, Any]]]:
    """Return functions that give the keys of a register's pages below the list, by the beginning of the address."""
    code = listing.code
    return {
        f"/{code}/bulk/": lambda: {"pk": _bulk_edit(listing, reader).pk},
        f"/{code}/undo/": lambda: {"reference": f"act:{_earliest_act(listing, reader)}"},
        f"/{code}/import/": lambda: _first_key(Import.objects.filter(by=reader, listing=code)),
    }


def _bulk_edit(listing: Listing, user: User) -> BulkEdit:
    """Prepare a bulk edit that empties the last field of which bulk edits may change."""
    assert listing.editing is not None
    operations = {listing.editing.bulk[-1]: ["clear"]}
    return bulk_edit.prepare(
        listing, listing.visible_rows(user), by=user, operations=operations, reason="核对", query=""
    )


def _earliest_act(listing: Listing, user: User) -> int | None:
    """Return the key of the first act that changed a record which the user may see."""
    versions = find_history_model(listing.model).objects.visible_to(user).filter(act__isnull=False)
    found: int | None = versions.order_by("act_id").values_list("act_id", flat=True).first()
    return found


def _first_key(rows: QuerySet[Any], field: str = "pk") -> dict[str, Any]:
    return {"pk": rows.order_by("pk").values_list(field, flat=True).first()}


def _attachment_keys(listing: Listing) -> dict[str, Any]:
    found = Attachment.objects.get(listing=listing.code, document="")
    return {"pk": keys_of(listing, [found.record])[found.record], "attachment": found.pk}


def _report_keys() -> dict[str, Any]:
    return _first_key(Report.objects.filter(status="issued")) | {"format_": "docx"}


def _march_return() -> MonthlyReturn:
    return MonthlyReturn.objects.get(region=THEIRS, month=MARCH.first)


def _upload_key() -> Any:
    return _first_key(_march_return().uploads.all())["pk"]


def keys_visible_to_role(data: QueryData, route: str, role: str) -> dict[str, Any]:
    """Return URL parameters of a row that the role may see, for this route."""
    lead, reader = {"pk": data.users["lead"].pk}, data.users.get(role)
    boss = data.users["province_lead"]
    rows: dict[str, Callable[[], dict[str, Any]]] = {
        "/accounts/": lambda: lead,
        "/grants/": lambda: lead,
        "/audit/": lambda: {"seq": AuditEvent.objects.earliest("seq").seq},
        "/downloads/": lambda: _first_key(ListDownload.objects.filter(by=reader)),
        "/jobs/": lambda: _first_key(Job.objects.filter(requested_by=reader)),
        "/tokens/": lambda: _first_key(Token.objects.filter(user=reader)),
        "/plan/items/": lambda: _first_key(PlanItem.objects.current(2013)),
        "/plan/states/": lambda: _first_key(TaskState.objects.all()),
        "/plan/milestones/": lambda: _first_key(Target.objects.filter(shape=Target.Shape.MILESTONE)),
        "/plan/rosters/": lambda: _first_key(Roster.objects.all()),
        "/plan/drafts/": lambda: _first_key(PlanDraft.objects.all()),
        "/plan/": lambda: {"year": 2013, "number": 1, "version": 1},
        "/parks/": lambda: _first_key(Park.objects.all()),
        "/events/": lambda: _first_key(Event.objects.all()),
        "/fortune/": lambda: _first_key(FortuneGroup.objects.all()),
        "/rosters/": lambda: _first_key(RosterEntry.objects.current()),
        "/projects/terminations/": lambda: _first_key(Termination.objects.filter(city=THEIRS)),
        "/projects/duplicates/": lambda: _first_key(ProjectPair.objects.filter(city=THEIRS)),
        "/projects/stages/": lambda: _first_key(StageEntry.objects.filter(city=THEIRS)),
        "/projects/increases/": lambda: _first_key(CapitalIncrease.objects.filter(city=THEIRS)),
        "/projects/batches/memberships/": lambda: _first_key(BatchMembership.objects.filter(city=THEIRS)),
        "/projects/batches/undo/": lambda: {"reference": f"act:{_earliest_act(PROJECT_BATCHES, boss)}"},
        "/projects/batches/": lambda: _first_key(Batch.objects.all()),
        "/projects/contacts/": lambda: _first_key(ProjectContact.objects.filter(city=THEIRS)),
        "/projects/": lambda: _first_key(Project.objects.filter(city=THEIRS), "code"),
        "/enterprises/": lambda: {"pk": data.cities.theirs.firm.pk},
        _RETURN + "review/": lambda: {"region": CITY_IN_REVIEW, "month": MARCH},
        _RETURN: lambda: {"region": THEIRS, "month": MARCH, "number": 1, "pk": _upload_key()},
        "/reports/": _report_keys,
        "/api/v1/reports/": _report_keys,
        "/api/v1/regions/": lambda: {"pk": THEIRS},
        "/api/v1/returns/": lambda: {"pk": _march_return().pk, "upload": _upload_key()},
        "/api/v1/observations/": lambda: _first_key(Observation.objects.filter(region=THEIRS)),
    }
    edited = [listing for listing in declared() if listing.editing is not None]
    rows = {
        address: found for listing in edited for address, found in _keys_of_register(listing, reader).items()
    } | rows
    rows = {
        f"{begin}/{listing.code}/{key_url_pattern(listing)}/attachments/": lambda listing=listing: _attachment_keys(
            listing
        )
        for listing in declared()
        if listing.attachments
        for begin in ("", "/api/v1")
    } | rows
    of_lists = {
        f"/api/v1/{listing.code}/": lambda listing=listing: _first_key(listing.visible_rows(reader), listing.key)
        for listing in declared()
        if listing.parts.api
    }
    return next((found() for begins, found in (*rows.items(), *of_lists.items()) if route.startswith(begins)), {})
