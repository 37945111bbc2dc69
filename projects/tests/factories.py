"""Functions that create projects for tests, by the actions that pages and API use."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests.factories import CHENZHOU
from hunan_trade.files.actions import store_file
from hunan_trade.intake.models import MonthlyReturn, Round
from hunan_trade.lists.attachments.actions import attach
from hunan_trade.lists.models import Act
from hunan_trade.lists.record_change_preparation import Outcome, RecordChange
from hunan_trade.lists.tests.attachment_files import JPEG
from hunan_trade.regions.models import Region
from projects.actions import save_projects
from projects.batches.actions import decide_threshold, join_or_leave_batch, save_batches
from projects.capital_increases.actions import propose_increase
from projects.choices import EntryState
from projects.contact_log.actions import log_contact
from projects.followers.actions import follow
from projects.fortune_500.actions import save_fortune_groups
from projects.models import (
    Batch,
    BatchMembership,
    BatchThreshold,
    CapitalIncrease,
    CountingDecision,
    FortuneGroup,
    Project,
    ProjectContact,
    ProjectFollower,
    ProjectMonth,
    ProjectPair,
    StageEntry,
    YearClosing,
)
from projects.stages.actions import accept_steps, decide_step, enter_step
from projects.tables import PROJECTS
from projects.terminations.actions import decide_termination, enter_termination

_numbers = count(1)
# What stages demand of a project, beside a county of its city.
COMPLETE = {"investors": "甲公司", "contracted_cny": 50_001_200, "registered_on": date(2013, 2, 4), "land_mu": 35}


APPROVAL = JPEG + b"approval"  # another file than those that tests attach


def project_values(city: str, /, **values: Any) -> dict[str, Any]:
    """Return the values of a new project of a city, as a form gives them."""
    return {"name": f"试验{next(_numbers)}号触控模组项目", "city": city, "intended_on": date(2013, 2, 4), **values}


def saved(by: User, *given: dict[str, Any]) -> list[Outcome]:
    """Save new projects on behalf of a user and return what became of each."""
    return save_projects(changes=[RecordChange(values) for values in given], by=by, kind=Act.Kind.CREATED)


def project(by: User, **values: Any) -> Project:
    """Create one project in the user's city."""
    (outcome,) = saved(by, project_values(values.pop("city", by.region_id), **values))
    assert not outcome.refused, outcome.errors
    return Project.objects.get(pk=outcome.pk or 0)


def terminated_project(by: User, *, confirmed_by: User | None = None, **values: Any) -> Project:
    """Create a project and propose to terminate it on the day of its intention; `confirmed_by` confirms, if given."""
    made = project(by, **values)
    proposed = enter_termination(
        pk=made.pk, name="propose_termination", by=by, seen=None, reason="投资方撤资", effective_on=made.intended_on
    )
    if confirmed_by:
        decide_termination(pk=proposed.pk, name="confirm", by=confirmed_by, seen=proposed.version)
    made.refresh_from_db()
    return made


def project_pair(one_by: User, other_by: User | None = None, *steps: str, **given: Any) -> ProjectPair:
    """Create two projects of one investor with alike names, in two cities with the same name; return their pair.

    `steps` are those of both, `given` what `stepped_project` takes.
    """
    name = f"相似{next(_numbers)}号触控模组项目"
    first = stepped_project(one_by, *steps, name=name, **given)
    same_city = other_by is None or other_by.region_id == one_by.region_id
    second = stepped_project(other_by or one_by, *steps, name=f"{name}基地" if same_city else name, **given)
    return ProjectPair.objects.get(first=first, second=second)


def with_approval(made: Project, by: User) -> Project:
    """Attach the document without which an industrial project does not land."""
    attach(PROJECTS, made.pk, APPROVAL, "环评批复.jpg", by=by, document="eia")
    return made


def with_paid_in(made: Project, by: User) -> Project:
    """Store that all contracted capital is paid in, without which an industrial project does not produce.

    The month lies before those that tests file, and names a round of the city's returns, whichever there is.
    """
    before = date(2012, 12, 1)
    round_ = Round.objects.filter(monthly_return__region=made.city_id).first() or _first_round(made.city_id, before, by)
    paid = {"paid_in_cny": made.contracted_total_cny or 0, "paid_in_usd": made.contracted_total_usd or 0}
    accepted_month(made, round_, month=before, **paid)
    return made


def _first_round(city: str, month: date, by: User) -> Round:
    """Create a return of a city with a round that the province has not decided."""
    opens, due, locks = (clock.at(month, hour) for hour in (8, 9, 10))
    return Round.objects.create(
        monthly_return=MonthlyReturn.objects.create(
            region_id=city, month=month, opens_at=opens, due_at=due, locks_at=locks
        ),
        number=1,
        receipt=f"{month}-{city}-1",
        workbook=store_file(APPROVAL, content_type="image/jpeg"),
        filled_by=by,
        handed_up_at=due,
        signed_by=by,
        sent_at=due,
    )


def stepped_project(by: User, *steps: str, confirmed_by: User | None = None, **values: Any) -> Project:
    """Create a project that lacks nothing, and enter steps such as "sign" and "land", all on the day of its intention.

    `confirmed_by` accepts or confirms each, if given.
    """
    city = str(values.get("city", by.region_id))
    area = Region.objects.filter(parent=city, level="county").earliest("code")
    made = with_approval(project(by, **(COMPLETE | {"area": area.pk} | values)), by)
    for name in steps:
        if name == "produce":
            with_paid_in(made, by)
        take_step(made, name, made.intended_on, by=by, confirmed_by=confirmed_by)
    made.refresh_from_db()
    return made


def take_step(made: Project, name: str, on: date, *, by: User, confirmed_by: User | None = None) -> StageEntry:
    """Enter a project's step; `confirmed_by` accepts or confirms it, whichever it waits for, if given."""
    entry = enter_step(pk=made.pk, name=name, by=by, seen=None, effective_on=on)
    if confirmed_by and entry.state == EntryState.AWAITING_PROVINCE:
        decide_step(pk=entry.pk, name="confirm", by=confirmed_by, seen=entry.version)
    elif confirmed_by:
        accept_steps(steps=[entry.pk], by=confirmed_by, reason="月报核定")
    return entry


def proposed_increase(
    by: User, made: Project | None = None, usd: Decimal | int | None = 8_000_000, cny: Decimal | int | None = None
) -> CapitalIncrease:
    """Propose an increase of a signed project's capital, of a new one where none is given."""
    made = made or stepped_project(by, "sign")
    usd, cny = (None if amount is None else Decimal(amount) for amount in (usd, cny))
    return propose_increase(
        pk=made.pk,
        name="increase",
        by=by,
        seen=None,
        effective_on=made.intended_on,
        amount_usd=usd,
        amount_cny=cny,
        reason="补充协议",
    )


def logged_contact(by: User, made: Project | None = None, on: date | None = None) -> ProjectContact:
    """Log a contact with the investor of a project, of a new one where none is given, on the day of its intention."""
    made = made or project(by)
    return log_contact(
        pk=made.pk,
        name="log_contact",
        by=by,
        seen=None,
        contacted_on=on or made.intended_on,
        person="陈经理",
        reason="看过标准厂房，等总部答复",
    )


def followed_project(by: User, made: Project | None = None) -> ProjectFollower:
    """Follow a project, a new one where none is given."""
    made = made or project(by)
    follow(made, by=by)
    return ProjectFollower.objects.get(project=made, user=by)


def decided_batch(by: User, **values: Any) -> Batch:
    """Create a batch of 92 projects that was opened on the day on which projects of tests are intended."""
    number = Batch.objects.count() + 1
    given = {"number": number, "name": f"湘南第{number}批", "planned_size": 92, "opened_on": date(2013, 2, 4)} | values
    (outcome,) = save_batches(changes=[RecordChange(given)], by=by, kind=Act.Kind.CREATED)
    assert not outcome.refused, outcome.errors
    return Batch.objects.get(pk=outcome.pk or 0)


def listed_project(by: User, batch: Batch, made: Project | None = None, on: date | None = None) -> BatchMembership:
    """Let a project join a batch on the day of its intention, a new one of 郴州 where none is given."""
    made = made or project(by, city=CHENZHOU, project_class="infrastructure", kind="water")
    joined_on = on or made.intended_on
    join_or_leave_batch(pk=made.pk, name="join_batch", by=by, seen=made.version, batch=batch, joined_on=joined_on)
    made.refresh_from_db()
    return BatchMembership.objects.current().get(project=made)


def left_batch(by: User, made: Project, on: date) -> BatchMembership:
    """Let a project leave its batch, and return the membership that has ended."""
    join_or_leave_batch(pk=made.pk, name="leave_batch", by=by, seen=made.version, left_on=on, reason="投资方调整计划")
    made.refresh_from_db()
    return BatchMembership.objects.filter(project=made).latest("pk")


def decided_batch_threshold(by: User, least_usd: Decimal | int = 60_000_000, on: date | None = None) -> BatchThreshold:
    """Decide how much an industrial project must invest to join a batch, from 2030 on unless a day is given."""
    holds_from = on or date(2030, 1, 1)
    return decide_threshold(least_usd=Decimal(least_usd), holds_from=holds_from, reason="提高门槛", by=by)


def listed_group(by: User, name: str = "演示寰宇集团", **values: Any) -> FortuneGroup:
    """Put a group on the Fortune 500 list of 2013, or of another year."""
    change = RecordChange({"year": 2013, "name": name, "rank": 12, **values})
    (outcome,) = save_fortune_groups(changes=[change], by=by, kind=Act.Kind.CREATED, reason="载入名单")
    assert not outcome.refused, outcome.errors
    return FortuneGroup.objects.get(pk=outcome.pk or 0)


def decided_counting(by: User) -> CountingDecision:
    """Store a decision on the event that 2030 counts, a year without projects."""
    return CountingDecision.objects.create(
        year=2030, event="registration", version=1, decided_by=by, decided_at=clock.now(), reason="改按工商注册"
    )


def closed_year(by: User, year: int = 2030) -> YearClosing:
    """Store that a plan year is closed, without projects in it one that is to come."""
    return YearClosing.objects.create(
        year=year, closed=True, version=1, decided_by=by, decided_at=clock.now(), reason="年度过完"
    )


def accepted_month(made: Project, round_: Round, **values: Any) -> ProjectMonth:
    """Store what an accepted return says of a project, without filling in the return."""
    given = {
        "month": date(2013, 5, 1),
        "stage": made.stage,
        "stage_on": made.intended_on,
        "paid_in_cny": 1_205_000,
        "paid_in_usd": 0,
        "obstacle": True,
        "obstacle_text": "用地指标未落实",
        "reason": "资金按期到位",
    }
    return ProjectMonth.objects.create(project=made, round=round_, **(given | values))
