"""Tests increases of projects' contracted capital: who proposes and confirms, what is refused, and what follows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from hunan_trade.accounts.models import Token, User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.models import Event
from hunan_trade.lists.models import Act
from hunan_trade.lists.record_change_preparation import Outcome, RecordChange
from hunan_trade.testing.plugin import ClonedDatabase
from hunan_trade.testing.simultaneous_calls import refusals_of_simultaneous_calls
from hunan_trade.workflow import MoveRefused
from projects.actions import save_projects
from projects.capital_increases.actions import decide_increase, decide_increases, propose_increase
from projects.choices import EntryState
from projects.models import CapitalIncrease, Project, ProjectHistory
from projects.stages.actions import decide_step
from projects.tests.factories import proposed_increase, stepped_project

needs_db = pytest.mark.django_db
FIRST, MORE = Decimal(54_000_000), Decimal(8_000_000)


def signed_project(by: User) -> Project:
    return stepped_project(by, "sign", contracted_cny=None, contracted_usd=FIRST)


def capital_of(made: Project) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    """Return a project's first contract in dollars, with its increases and the total."""
    made.refresh_from_db()
    return made.contracted_usd, made.increased_usd, made.contracted_total_usd


def corrected(made: Project, by: User, **values: object) -> Outcome:
    made.refresh_from_db()
    change = RecordChange(values, made.pk, made.version)
    (outcome,) = save_projects(changes=[change], by=by, kind=Act.Kind.EDITED, reason="合同金额录错")
    return outcome


@needs_db
def test_an_increase_adds_capital_once_the_city_s_lead_has_confirmed_it() -> None:
    reporter, lead = cast.reporter(), cast.lead()
    made = signed_project(reporter)
    assert capital_of(made) == (FIRST, None, FIRST)
    increase = proposed_increase(reporter, made, MORE)
    assert increase.state == EntryState.AWAITING_LEAD and capital_of(made) == (FIRST, None, FIRST)
    decide_increase(pk=increase.pk, name="confirm", by=lead, seen=increase.version)
    assert capital_of(made) == (FIRST, MORE, FIRST + MORE)
    assert made.contracted_total_cny is None
    assert ProjectHistory.objects.get(id=made.pk, valid_to=None).contracted_total_usd == FIRST + MORE
    found = {event.verb: event.region for event in Event.objects.filter(verb__startswith="increase.")}
    assert found == dict.fromkeys(("increase.proposed", "increase.confirmed"), made.city_id)


@needs_db
def test_yuan_and_dollars_are_added_apart_and_a_second_increase_on_top() -> None:
    reporter, lead = cast.reporter(), cast.lead()
    made = signed_project(reporter)
    for usd, cny in ((MORE, 1_000), (MORE, None), (None, "0.01")):
        increase = proposed_increase(reporter, made, usd, None if cny is None else Decimal(cny))
        decide_increase(pk=increase.pk, name="confirm", by=lead, seen=1)
    assert capital_of(made) == (FIRST, 2 * MORE, FIRST + 2 * MORE)
    assert (made.contracted_cny, made.contracted_total_cny) == (None, Decimal("1000.01"))


@needs_db
def test_nobody_confirms_an_own_increase_nor_the_province_a_city_s() -> None:
    reporter, lead, officer, other = cast.reporter(), cast.lead(), cast.officer(), cast.officer()
    made = signed_project(reporter)
    of_city, of_province = proposed_increase(reporter, made), proposed_increase(officer, made)

    def refused(increase: CapitalIncrease, by: User) -> str:
        with pytest.raises(MoveRefused) as told:
            decide_increase(pk=increase.pk, name="confirm", by=by, seen=1)
        return str(told.value)

    assert "权限" in refused(of_city, reporter)
    assert "市州负责人确认" in refused(of_city, officer)
    assert "别人确认" in refused(of_province, officer)
    with pytest.raises(CapitalIncrease.DoesNotExist):
        proposed_increase(cast.reporter(cast.CHENZHOU), None).project.increases.visible_to(lead).get()
    decide_increase(pk=of_province.pk, name="confirm", by=other, seen=1)
    decide_increase(pk=of_city.pk, name="confirm", by=lead, seen=1)
    assert capital_of(made)[1] == 2 * MORE


@needs_db
def test_an_increase_given_back_or_void_adds_nothing_and_stays_with_its_reason() -> None:
    reporter, lead, officer = cast.reporter(), cast.lead(), cast.officer()
    made = signed_project(reporter)
    first, second = (proposed_increase(reporter, made) for _ in range(2))
    with pytest.raises(MoveRefused, match="写明"):
        decide_increase(pk=first.pk, name="give_back", by=lead, seen=1)
    decide_increase(pk=first.pk, name="give_back", by=lead, seen=1, reason="缺补充协议")
    decide_increase(pk=second.pk, name="confirm", by=lead, seen=1)
    with pytest.raises(MoveRefused, match="权限"):
        decide_increase(pk=second.pk, name="void", by=lead, seen=2, reason="重复")
    decide_increase(pk=second.pk, name="void", by=officer, seen=2, reason="重复")
    assert capital_of(made) == (FIRST, None, FIRST)
    kept = list(CapitalIncrease.objects.order_by("pk").values_list("state", "decided_reason"))
    assert kept == [(EntryState.GIVEN_BACK, "缺补充协议"), (EntryState.VOID, "重复")]


@needs_db
@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"effective_on": date(2013, 2, 3)}, "effective_on", "早于签约日期 2013-02-04"),
        ({"effective_on": date(2030, 1, 1)}, "effective_on", "还没有到"),
        ({"amount_usd": None}, "amount_usd", "至少填一项"),
        ({"amount_usd": Decimal(0)}, "amount_usd", "大于 0"),
        ({"amount_cny": Decimal(-1)}, "amount_cny", "大于 0"),
        ({"amount_cny": Decimal(10) ** 15}, "amount_cny", "核对单位"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(values: dict[str, Any], field: str, words: str) -> None:
    reporter = cast.reporter()
    made = signed_project(reporter)
    given: dict[str, Any] = {"effective_on": date(2013, 2, 4), "amount_usd": MORE} | values
    with pytest.raises(ValidationError) as told:
        propose_increase(pk=made.pk, name="increase", by=reporter, seen=made.version, **given)
    assert words in told.value.message_dict[field][0]
    assert not CapitalIncrease.objects.exists() and not Event.objects.filter(verb="increase.proposed").exists()


@needs_db
def test_capital_is_increased_after_signing_alone() -> None:
    reporter = cast.reporter()
    with pytest.raises(MoveRefused, match="签约后才能申报增资"):
        proposed_increase(reporter, stepped_project(reporter))


@needs_db
def test_a_city_changes_first_amounts_before_signing_and_an_officer_corrects_them_after() -> None:
    reporter, officer, lead = cast.reporter(), cast.officer(), cast.lead()
    made = stepped_project(reporter, contracted_cny=None, contracted_usd=MORE)
    assert not corrected(made, reporter, contracted_usd=FIRST).refused
    signed = signed_project(reporter)
    refused = corrected(signed, reporter, contracted_usd=MORE, total_investment_usd=MORE)
    assert "申报增资" in refused.errors["contracted_usd"][0] and "省厅更正" in refused.errors["total_investment_usd"][0]
    assert not corrected(signed, reporter, contracted_usd=FIRST, note="改说明").refused
    increase = proposed_increase(reporter, signed)
    decide_increase(pk=increase.pk, name="confirm", by=lead, seen=1)
    assert not corrected(signed, officer, contracted_usd=FIRST - 1).refused
    assert capital_of(signed) == (FIRST - 1, MORE, FIRST + MORE - 1)


@needs_db
def test_a_signing_is_voided_after_its_increases() -> None:
    reporter, officer = cast.reporter(), cast.officer()
    made = signed_project(reporter)
    increase, step = proposed_increase(reporter, made), made.stage_entries.get()
    with pytest.raises(MoveRefused, match="先作废增资"):
        decide_step(pk=step.pk, name="void", by=officer, seen=step.version, reason="合同未生效")
    decide_increase(pk=increase.pk, name="void", by=officer, seen=1, reason="合同未生效")
    decide_step(pk=step.pk, name="void", by=officer, seen=step.version, reason="合同未生效")


@needs_db
def test_many_increases_are_confirmed_at_once_and_go_along_to_another_city() -> None:
    reporter, lead, officer = cast.reporter(), cast.lead(), cast.officer()
    made = signed_project(reporter)
    increases = [proposed_increase(reporter, made) for _ in range(3)]
    outcomes = decide_increases(seen={increase.pk: 1 for increase in increases}, name="confirm", by=lead)
    assert not any(outcome.refused for outcome in outcomes)
    assert capital_of(made)[2] == FIRST + 3 * MORE
    assert not corrected(made, officer, city=cast.CHENZHOU, area=None).refused
    assert not CapitalIncrease.objects.visible_to(reporter).exists()
    assert CapitalIncrease.objects.visible_to(cast.reporter(cast.CHENZHOU)).count() == 3


@needs_db
def test_no_token_proposes_or_confirms(client: Client) -> None:
    reporter, lead = cast.reporter(), cast.lead()
    made = signed_project(reporter)
    increase = proposed_increase(reporter, made)
    body = {"effective_on": "2013-02-04", "amount_usd": "1000.00"}

    def status(path: str, user: User) -> int:
        headers = cast.bearer_headers(user, Token.Scope.REGISTER) | {"If-Match": '"1"'}
        return client.post(path, body, "application/json", headers=headers).status_code

    assert status(f"/api/v1/projects/{made.code}/moves/increase/", reporter) == 403
    assert status(f"/api/v1/project-increases/{increase.pk}/moves/confirm/", lead) == 403


@needs_db
def test_the_page_leads_to_the_increase_and_shows_how_the_total_comes_about(client: Client) -> None:
    reporter, lead = cast.reporter(), cast.lead()
    made = signed_project(reporter)
    client.force_login(reporter)
    page = client.get(f"/projects/{made.code}/moves/increase/").content.decode()
    assert "万美元" in page and "增资日期" in page
    form = {
        "effective_on": "2013-02-04",
        "amount_usd": "800",
        "amount_cny": "",
        "reason": "",
        "version": made.version + 1,
    }
    made.refresh_from_db()
    answer = client.post(f"/projects/{made.code}/moves/increase/", form | {"version": made.version})
    assert answer.status_code == 302, answer.content.decode()
    increase = CapitalIncrease.objects.get()
    client.force_login(lead)
    move = f"/projects/increases/{increase.pk}/moves/confirm/"
    assert client.post(move, {"version": 1, "reason": ""}).status_code == 302
    page = client.get(f"/projects/{made.code}/").content.decode()
    assert "外资：原合同 5,400 + 增资 800 = 合计 6,200 万美元" in page
    record = client.get(f"/api/v1/projects/{made.code}/").json()
    assert (record["contracted_usd"], record["contracted_total_usd"]) == ("54000000.00", "62000000.00")


def test_of_two_leads_at_once_one_confirms_and_two_increases_at_once_both_count(
    cloned_database: ClonedDatabase,
) -> None:
    reporter, leads = cast.reporter(), [cast.lead(name="刘敏"), cast.lead(name="陈立")]
    made = signed_project(reporter)
    same, others = proposed_increase(reporter, made), [proposed_increase(reporter, made) for _ in range(2)]

    def confirmed(*increases: CapitalIncrease) -> list[str]:
        pairs = zip(leads, increases, strict=True)
        return refusals_of_simultaneous_calls(
            *(partial(decide_increase, pk=row.pk, name="confirm", by=by, seen=1) for by, row in pairs)
        )

    told, both = confirmed(same, same), confirmed(*others)
    assert (sorted(map(bool, told)), both) == ([False, True], ["", ""])
    assert capital_of(made) == (FIRST, 3 * MORE, FIRST + 3 * MORE)
