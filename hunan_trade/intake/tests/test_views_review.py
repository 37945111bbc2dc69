"""Tests the pages on which the province reviews sent returns: the queue, one return, and the decision."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from enterprises.tests import return_factories
from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.intake.actions import filling
from hunan_trade.intake.datasets import get
from hunan_trade.intake.models import Exemption, MonthlyReturn, Remark, Status
from hunan_trade.intake.tests.return_requests_and_workbooks import return_url, signed_in_client
from hunan_trade.periods import Month

pytestmark = pytest.mark.django_db
JANUARY = Month(2013, 1)


@pytest.fixture(autouse=True)
def frozen_in_february() -> Iterator[None]:
    with clock.frozen_at(clock.at(date(2013, 2, 5), 10)):
        yield


@pytest.fixture
def officer() -> User:
    return cast.officer(name="甄试四")


class City:
    """A city with two enterprises and three accepted months of about 100 and 40."""

    def __init__(self, code: str, officer: User) -> None:
        self.reporter, self.lead = cast.reporter(code), cast.lead(code)
        self.firms = [return_factories.enterprise(self.reporter) for _ in range(2)]
        for step in (3, 2, 1):
            month = JANUARY.plus(-step)
            with clock.frozen_at(clock.at(month.next.first.replace(day=9), 10)):
                past = return_factories.opened(code, month)
                self.fill(past, f"10{step}", wobble=f"{step}")
                return_factories.accepted(past, self.reporter, self.lead, officer)
        self.january = return_factories.opened(code, JANUARY)

    def fill(self, monthly_return: MonthlyReturn, export: str, wobble: str = "0") -> None:
        first, second = (firm.customs_code for firm in self.firms)
        return_factories.filled(monthly_return, self.reporter, {first: (export, "40"), second: (f"20.{wobble}", "10")})

    def key(self, at: int) -> str:
        return f"{self.firms[at].customs_code}/进料加工"

    def explain(self, *keys: str) -> None:
        edits = [filling.RowEdit(key, {"reason": "新增订单"}) for key in keys]
        filling.save_rows(self.january.pk, get("processing_trade"), edits, by=self.reporter)


@pytest.fixture
def changsha(officer: User) -> City:
    city = City("430100", officer)
    city.fill(city.january, "500")
    city.explain(city.key(0))
    summary = get("city_summary")
    explained = [filling.RowEdit(code, {"reason": "同企业表"}) for code in ("01", "02", "04")]
    filling.save_rows(city.january.pk, summary, explained, by=city.reporter)
    return_factories.handed_up_and_signed(city.january, city.reporter, city.lead)
    return city


def pending_digest(monthly_return: MonthlyReturn) -> str:
    return monthly_return.rounds.order_by("-number")[0].digest


def test_outliers_come_first_with_range_and_reason(officer: User, changsha: City) -> None:
    page = signed_in_client(officer).get(return_url(changsha.january, "review/")).content.decode()
    outside, rest = page.split("变动在 15% 以内", 1)
    assert "加工贸易企业 F4" in outside and "新增订单" in outside and "+395.0" in outside
    assert 'class="out"' in outside
    assert "加工贸易企业 F5" in rest


def test_the_review_shows_corrections_since_the_last_round(officer: User, changsha: City) -> None:
    client = signed_in_client(officer)
    january = changsha.january
    pick = f"processing_trade|{changsha.key(0)}|export"
    answer = client.post(
        return_url(january, "review/give-back/"), {"shown": pending_digest(january), "pick": pick, "reason": "疑多录"}
    )
    assert answer.status_code == 302
    january.refresh_from_db()
    assert (january.status, january.round_number) == (Status.GIVEN_BACK, 2)
    page = signed_in_client(changsha.reporter).get(return_url(january)).content.decode()
    assert "疑多录" in page and 'data-cell="F4"' in page
    changsha.fill(january, "102")
    return_factories.handed_up_and_signed(january, changsha.reporter, changsha.lead)
    page = client.get(return_url(january, "review/"), {"show": "round"}).content.decode()
    assert "<s>500.00</s>" in page and "<b>102.00</b>" in page


def test_giving_back_needs_a_reason(officer: User, changsha: City) -> None:
    answer = signed_in_client(officer).post(
        return_url(changsha.january, "review/give-back/"), {"shown": pending_digest(changsha.january)}
    )
    assert answer.status_code == 409 and "写明退回原因" in answer.content.decode()


def test_a_cell_with_a_long_text_can_be_remarked_on(officer: User, changsha: City) -> None:
    january, key = changsha.january, changsha.key(1)
    giving_back = {"pick": f"processing_trade|{key}|reason", "reason": "说明太笼统"}
    signed_in_client(officer).post(
        return_url(january, "review/give-back/"), {**giving_back, "pick": [], "shown": pending_digest(january)}
    )
    filling.save_rows(
        january.pk, get("processing_trade"), [filling.RowEdit(key, {"reason": "长" * 200})], by=changsha.reporter
    )
    return_factories.handed_up_and_signed(january, changsha.reporter, changsha.lead)
    answer = signed_in_client(officer).post(
        return_url(january, "review/give-back/"), {**giving_back, "shown": pending_digest(january)}
    )
    assert answer.status_code == 302 and Remark.objects.get().value == "长" * 39 + "…"


def test_acceptance_is_refused_when_another_round_was_shown(officer: User, changsha: City) -> None:
    client, url = signed_in_client(officer), return_url(changsha.january, "review/accept/")
    assert client.post(url, {"shown": "0" * 64}).status_code == 409
    assert client.post(url, {}).status_code == 409
    assert MonthlyReturn.objects.get(pk=changsha.january.pk).status == Status.SENT
    assert client.post(url, {"shown": pending_digest(changsha.january)})["Location"] == "/returns/review/"
    assert MonthlyReturn.objects.get(pk=changsha.january.pk).status == Status.ACCEPTED


def test_only_returns_without_outliers_can_be_accepted_together(officer: User, changsha: City) -> None:
    hengyang = City("430400", officer)
    hengyang.fill(hengyang.january, "102")
    return_factories.handed_up_and_signed(hengyang.january, hengyang.reporter, hengyang.lead)
    client = signed_in_client(officer)
    page = client.get("/returns/review/").content.decode()
    picks = [
        f"{monthly_return.pk}|{pending_digest(monthly_return)}"
        for monthly_return in (changsha.january, hengyang.january)
    ]
    assert picks[1] in page and picks[0] not in page
    assert client.post("/returns/review/accept/", {"pick": f"²|{pending_digest(hengyang.january)}"}).status_code == 409
    stale = f"{hengyang.january.pk}|{'0' * 64}"
    assert client.post("/returns/review/accept/", {"pick": [picks[0], stale]}).status_code == 409
    assert not MonthlyReturn.objects.of_month(JANUARY).accepted().exists()  # all of them or none
    assert client.post("/returns/review/accept/", {"pick": picks[1]}).status_code == 302
    assert MonthlyReturn.objects.get(pk=hengyang.january.pk).status == Status.ACCEPTED


def test_whoever_asked_for_an_exemption_cannot_grant_it(officer: User, changsha: City) -> None:
    boss = cast.province_lead()
    january = changsha.january
    signed_in_client(officer).post(return_url(january, "review/accept/"), {"shown": pending_digest(january)})
    wanted = {"kind": "reopen", "reason": "海关更正", "until": "2013-03-01"}
    for odd in (
        {"kind": "anything"},
        {"kind": "late"},
        {"until": "2013-02-01"},
        {"until": "2014-01-01"},
        {"reason": "长" * 501},
    ):
        assert signed_in_client(officer).post(return_url(january, "exemption/"), wanted | odd).status_code == 409
    assert signed_in_client(officer).post(return_url(january, "exemption/"), wanted).status_code == 302
    exemption = Exemption.objects.get()
    button = f'formaction="/returns/exemptions/{exemption.pk}/" name="granted" value="yes"'
    for address in ("/returns/", "/returns/exemptions/"):
        pages = [signed_in_client(user).get(address).content.decode() for user in (boss, officer)]
        assert ["海关更正" in page for page in pages] == [True, True] and 'id="row-form"' in pages[0], address
        assert [button in page for page in pages] == [True, False], address
    assert signed_in_client(officer).post(f"/returns/exemptions/{exemption.pk}/", {"granted": "yes"}).status_code == 403
    assert signed_in_client(boss).post(f"/returns/exemptions/{exemption.pk}/", {"granted": "yes"}).status_code == 302
    assert MonthlyReturn.objects.get(pk=january.pk).status == Status.GIVEN_BACK
