"""Tests a city's monthly return from filling in to acceptance by calling actions, without pages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from enterprises import actions
from enterprises.models import Enterprise, Mode, ProcessingTrade, ReplacedTrade
from enterprises.tests import return_factories
from hunan_trade import clock
from hunan_trade.accounts import actions as accounts
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Role
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.indicators.models import Observation
from hunan_trade.indicators.queries_observations import panel_data_of_indicator
from hunan_trade.intake import datasets, return_sheets
from hunan_trade.intake.actions import deciding, filling, sending
from hunan_trade.intake.models import MonthlyReturn, Posting, Status
from hunan_trade.lists.models import Act
from hunan_trade.lists.record_change_preparation import RecordChange
from hunan_trade.periods import Month
from hunan_trade.testing.transaction_simulation_and_waiting import next_transaction
from hunan_trade.workflow import MoveRefused

pytestmark = pytest.mark.django_db
JANUARY = Month(2013, 1)


@pytest.fixture(autouse=True)
def february() -> Iterator[None]:
    with clock.frozen_at(clock.at(date(2013, 2, 4), 10)):
        yield


@pytest.fixture
def team() -> tuple[User, User, User]:
    return cast.reporter(), cast.lead(), cast.officer()


def test_accepted_figures_become_facts_and_observations_with_their_cells(team: tuple[User, User, User]) -> None:
    reporter, lead, officer = team
    first, second = return_factories.enterprise(reporter), return_factories.enterprise(reporter)
    january = return_factories.opened("430100", JANUARY)
    return_factories.filled(
        january, reporter, {first.customs_code: ("100.25", "40"), second.customs_code: ("7", "0.000001")}
    )
    round_ = return_factories.accepted(january, reporter, lead, officer)
    assert {fact.export_usd for fact in ProcessingTrade.objects.all()} == {Decimal("1002500.00"), Decimal("70000.00")}
    observed = Observation.objects.get(indicator="enterprises.processing_trade_import")
    assert (observed.value, observed.version) == (Decimal("400000.01"), 1)
    posting = Posting.objects.get(observation=observed)
    assert (posting.round, posting.cells) == (round_, "加工贸易企业!G4:G5")
    assert panel_data_of_indicator("enterprises.processing_trade_total", JANUARY).cumulative(
        "430100"
    ).amount == Decimal("1472500.01")


def test_a_blank_is_not_zero(team: tuple[User, User, User]) -> None:
    reporter, *_ = team
    return_factories.enterprise(reporter)
    january = return_factories.opened("430100", JANUARY)
    findings = return_sheets.stored_sheets(january).check().blocking
    assert [(f.cell, f.code) for f in findings][:2] == [("F4", "cell.blank"), ("G4", "cell.blank")]
    with pytest.raises(MoveRefused, match="还有 14 处必须改"):
        return_factories.handed_up(january, reporter)


def test_the_person_who_typed_the_figures_may_not_sign_them(team: tuple[User, User, User]) -> None:
    reporter, lead, _ = team
    january = return_factories.opened("430100", JANUARY)
    return_factories.declare_nil(january, "无加工贸易企业", reporter)
    return_factories.handed_up(january, reporter)
    MonthlyReturn.objects.get(pk=january.pk).rows.update(edited_by=lead)
    with pytest.raises(MoveRefused, match="另一位负责人"):
        return_factories.signed(january, lead)


@pytest.mark.parametrize("hand", ["typed over", "handed up"])
def test_a_reporter_who_becomes_lead_may_not_sign_a_return_they_worked_on(
    team: tuple[User, User, User], hand: str
) -> None:
    first, lead, _ = team
    second = cast.reporter()
    january = return_factories.opened("430100", JANUARY)
    return_factories.declare_nil(january, "无加工贸易企业", first if hand == "typed over" else second)
    return_factories.declare_nil(january, "没有加工贸易企业", second)
    return_factories.handed_up(january, second if hand == "typed over" else first)
    assert set(january.rows.values_list("edited_by", flat=True)) == {second.pk}
    accounts.give_role(user=first, role=Role.CITY_LEAD, region=first.region, by=cast.security_officer(), reason="任职")
    first.refresh_from_db()
    with pytest.raises(MoveRefused, match="另一位负责人"):
        return_factories.signed(january, first)
    assert return_factories.signed(january, lead)


def test_an_enterprise_registered_after_hand_up_blocks_nothing_and_is_in_the_next_form(
    team: tuple[User, User, User],
) -> None:
    reporter, lead, officer = team
    firm = return_factories.enterprise(reporter)
    january = return_factories.opened("430100", JANUARY)
    return_factories.filled(january, reporter, {firm.customs_code: ("100", "40")})
    return_factories.handed_up(january, reporter)
    with clock.frozen_at(clock.at(date(2013, 2, 4), 11)):
        register_with_code(reporter, "4301000001")  # before the others in the form
        assert return_sheets.stored_sheets(MonthlyReturn.objects.get(pk=january.pk)).check().blocking == ()
        round_ = return_factories.signed(january, lead)
        register_with_code(reporter, "4301000002")
        deciding.accept(january.pk, by=officer, seen=round_.digest)
    fact = ProcessingTrade.objects.get()
    assert (fact.enterprise, fact.row_number, fact.export_usd) == (firm, 4, Decimal("1000000.00"))
    cells = Posting.objects.filter(cells__startswith="加工贸易企业!").values_list("cells", flat=True)
    assert set(cells) == {"加工贸易企业!F4:F4", "加工贸易企业!G4:G4"}
    february = return_factories.opened("430100", JANUARY.plus(1))
    assert len(return_sheets.stored_sheets(february).rows(datasets.get("processing_trade"))) == 3


def test_a_return_that_was_handed_up_is_judged_by_the_register_of_that_moment(team: tuple[User, User, User]) -> None:
    """A corrected code, a new mode and the end of reporting wait for the next form."""
    reporter, lead, officer = team
    firm = return_factories.enterprise(reporter)
    january = return_factories.opened("430100", JANUARY)
    return_factories.filled(january, reporter, {firm.customs_code: ("100", "40")})
    return_factories.handed_up(january, reporter)
    with clock.frozen_at(clock.at(date(2013, 2, 4), 11)):
        next_transaction()
        values = {"customs_code": "4301990001", "modes": Mode.values, "closed_on": date(2013, 1, 1)}
        change = RecordChange(values, firm.pk, firm.version)
        (outcome,) = actions.save_enterprises(changes=[change], by=officer, kind=Act.Kind.EDITED, reason="更正")
        assert outcome.result == "changed"
        assert return_sheets.stored_sheets(MonthlyReturn.objects.get(pk=january.pk)).check().blocking == ()
        round_ = return_factories.signed(january, lead)
        deciding.accept(january.pk, by=officer, seen=round_.digest)
    fact = ProcessingTrade.objects.get()
    assert (fact.enterprise_id, fact.mode, fact.export_usd) == (firm.pk, Mode.PURCHASED, Decimal("1000000.00"))
    february = return_factories.opened("430100", JANUARY.plus(1))
    assert not list(return_sheets.stored_sheets(february).rows(datasets.get("processing_trade")))


@pytest.mark.parametrize("back", ["handed", "given"])
def test_a_return_that_came_back_asks_for_enterprises_registered_meanwhile(
    team: tuple[User, User, User], back: str
) -> None:
    reporter, lead, officer = team
    firm = return_factories.enterprise(reporter)
    january = return_factories.opened("430100", JANUARY)
    return_factories.filled(january, reporter, {firm.customs_code: ("100", "40")})
    return_factories.handed_up(january, reporter)
    with clock.frozen_at(clock.at(date(2013, 2, 4), 11)):
        new = register_with_code(reporter, "4301000001")
        if back == "handed":
            sending.hand_back_to_reporter(
                january.pk, "补报新企业", by=lead, seen=return_factories.current_version(january)
            )
        else:
            return_factories.signed(january, lead)
            return_factories.given_back(january, "补报新企业", officer)
        with pytest.raises(MoveRefused, match="还有 2 处必须改"):
            return_factories.handed_up(january, reporter)
        return_factories.filled(january, reporter, {firm.customs_code: ("100", "40"), new.customs_code: ("1", "2")})
        return_factories.accepted(january, reporter, lead, officer)
    assert ProcessingTrade.objects.count() == 2


def register_with_code(reporter: User, code: str) -> Enterprise:
    """Register an enterprise of the city with the given customs code."""
    return actions.register_enterprise(
        customs_code=code, name=code, region="430100", modes=[Mode.PURCHASED], by=reporter
    )


def test_a_correction_writes_new_versions_and_keeps_the_old(team: tuple[User, User, User]) -> None:
    reporter, lead, officer = team
    boss = cast.province_lead()
    firm = return_factories.enterprise(reporter)
    january = return_factories.opened("430100", JANUARY)
    return_factories.filled(january, reporter, {firm.customs_code: ("100", "40")})
    first = return_factories.accepted(january, reporter, lead, officer)
    until = clock.at(date(2013, 3, 1))
    asked = deciding.ask_exemption(january.pk, "reopen", "海关更正数据", until, by=officer)
    with pytest.raises(MoveRefused, match="没有批准例外的权限"):
        deciding.decide_exemption(asked.pk, granted=True, by=officer)
    deciding.decide_exemption(asked.pk, granted=True, by=boss)
    with clock.frozen_at(clock.at(date(2013, 2, 20), 9)):
        return_factories.filled(january, reporter, {firm.customs_code: ("90", "40")})
        return_factories.accepted(january, reporter, lead, officer)
    versions = Observation.objects.filter(indicator="enterprises.processing_trade_export").order_by("version")
    assert [(o.version, o.value, o.reason) for o in versions] == [
        (1, Decimal("1000000.00"), ""),
        (2, Decimal("900000.00"), "海关更正数据"),
    ]
    assert Observation.objects.filter(indicator="enterprises.processing_trade_import").count() == 1
    assert ReplacedTrade.objects.get().round == first
    before = panel_data_of_indicator("enterprises.processing_trade_export", JANUARY, as_of=clock.at(date(2013, 2, 10)))
    assert before.cumulative("430100").amount == Decimal("1000000.00")


def test_a_return_given_back_names_its_cells_and_starts_a_new_round(team: tuple[User, User, User]) -> None:
    reporter, lead, officer = team
    firm = return_factories.enterprise(reporter)
    january = return_factories.opened("430100", JANUARY)
    return_factories.filled(january, reporter, {firm.customs_code: ("100", "40")})
    return_factories.handed_up_and_signed(january, reporter, lead)
    cell = deciding.RemarkedCell("processing_trade", f"{firm.customs_code}/进料加工", "export")
    round_ = return_factories.given_back(january, "疑多录一位", officer, [cell])
    january.refresh_from_db()
    assert (january.status, january.round_number) == (Status.GIVEN_BACK, 2)
    remark = round_.remarks.get()
    assert (remark.cell, remark.record, remark.value) == ("F4", firm.name, "100")


def test_a_cell_named_by_the_reviewer_must_be_answered_before_the_next_hand_up(team: tuple[User, User, User]) -> None:
    reporter, lead, officer = team
    firm = return_factories.enterprise(reporter)
    january = return_factories.opened("430100", JANUARY)
    return_factories.filled(january, reporter, {firm.customs_code: ("100", "40")})
    return_factories.handed_up_and_signed(january, reporter, lead)
    key = f"{firm.customs_code}/进料加工"
    with clock.frozen_at(clock.at(date(2013, 2, 5), 9)):
        return_factories.given_back(
            january, "核对", officer, [deciding.RemarkedCell("processing_trade", key, "export")]
        )
        with pytest.raises(MoveRefused, match="还有 1 处要说明"):
            return_factories.handed_up(january, reporter)
        answer = filling.RowEdit(key, {"reason": "已核对报关单，属实"})
        filling.save_rows(january.pk, datasets.get("processing_trade"), [answer], by=reporter)
        return_factories.handed_up(january, reporter)


def test_findings_compare_with_the_months_before(team: tuple[User, User, User]) -> None:
    reporter, lead, officer = team
    firm, other = return_factories.enterprise(reporter), return_factories.enterprise(reporter)
    for month in (Month(2012, 10), Month(2012, 11), Month(2012, 12)):
        with clock.frozen_at(clock.at(month.next.first.replace(day=4), 10)):
            past = return_factories.opened("430100", month)
            return_factories.filled(past, reporter, {firm.customs_code: ("100", "40"), other.customs_code: ("10", "5")})
            for row in past.rows.all():
                row.texts["reason"] = "属实"
                row.save()
            return_factories.accepted(past, reporter, lead, officer)
    january = return_factories.opened("430100", JANUARY)
    return_factories.filled(january, reporter, {firm.customs_code: ("1000", "400"), other.customs_code: ("0", "0")})
    codes = {
        (f.record, f.code)
        for f in return_sheets.stored_sheets(january).check().unexplained
        if f.sheet == "加工贸易企业"
    }
    assert codes == {(firm.name, "trade.slip"), (other.name, "trade.stopped")}
    assert datasets.get("processing_trade").load("430100", JANUARY, None).rows[0].texts["last_export"] == "100"
