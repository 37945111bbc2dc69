"""Tests changing the state of many records at once: choice, preview, all or none, and edits made meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.models import Event
from hunan_trade.lists.models import Act
from hunan_trade.lists.moves import bulk_moves, record_moves
from hunan_trade.lists.record_change_preparation import RecordChange
from hunan_trade.lists.tests.sample_crane_register import (
    CRANES,
    MOVES,
    Crane,
    CraneHistory,
    crane,
    create_cranes,
    save_cranes,
)
from hunan_trade.testing.shared_rows import shared_rows
from hunan_trade.testing.transaction_simulation_and_waiting import next_transaction
from hunan_trade.workflow import MoveRefused

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("tables"),
    pytest.mark.urls("hunan_trade.lists.tests.sample_crane_register"),
]
BULK = "/cranes/bulk/moves/"
FORM = {"started_on": "2013-07-05", "load": "full", "reason": "汛期已过"}


@pytest.fixture(scope="module")
def tables(request: pytest.FixtureRequest) -> Iterator[None]:
    with shared_rows(request, create_cranes):
        yield


@pytest.fixture
def four() -> list[Crane]:
    """Two cranes that can be started, one that is sealed, and one that runs already."""
    return [
        crane("CS-0001", "一号机"),
        crane("CS-0002", "二号机"),
        crane("CS-0003", "三号机", note="封存"),
        crane("CS-0004", "四号机", state="busy"),
    ]


@pytest.fixture
def client(four: list[Crane]) -> Client:
    return browser(cast.reporter())


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(answer: Any, status: int = 200) -> str:
    body = str(answer.content.decode())
    assert answer.status_code == status, body[:3000]
    return body


def picked(*codes: str, move: str = "start/") -> str:
    return f"{BULK}{move}?{'&'.join(f'pick={code}' for code in codes)}"


ALL = picked("CS-0001", "CS-0002", "CS-0003", "CS-0004")


def states() -> str:
    return " ".join(Crane.objects.order_by("code").values_list("state", flat=True))


def edit(code: str, by: User, **values: Any) -> None:
    next_transaction()
    one = Crane.objects.get(code=code)
    (outcome,) = save_cranes(changes=[RecordChange(values, one.pk, one.version)], by=by, kind=Act.Kind.EDITED)
    assert not outcome.refused
    next_transaction()


def test_the_bulk_bar_leads_to_the_moves_of_the_ticked_and_of_all_filtered(client: Client) -> None:
    page = text(client.get("/cranes/?city=430100"))
    for address in (BULK, "/cranes/bulk/all/moves/"):
        assert f'formaction="{address}"' in page
    assert "moves/" not in text(browser(cast.lead()).get("/cranes/")), "no button without the right"
    text(browser(cast.lead()).get(ALL), 403)


def test_the_moves_are_offered_with_how_many_records_can_be_moved(client: Client) -> None:
    answer = client.get(picked("CS-0001", "CS-0003", "CS-0004", move=""))
    choices = [(label, name, preview.movable, preview.refused) for label, name, preview in answer.context["choices"]]
    assert choices == [("启用", "start", 1, 2), ("停用", "stop", 1, 2)]
    assert 'href="start/?pick=CS-0001&amp;pick=CS-0003&amp;pick=CS-0004"' in text(answer)
    assert "没有选中记录" in text(client.get(BULK)) and "没有选中记录" in text(client.get(f"{BULK}start/"))


def test_the_preview_says_which_can_move_and_why_others_cannot(client: Client) -> None:
    answer = client.get(ALL)
    preview = answer.context["preview"]
    assert [(line.key, line.why) for line in preview.lines] == [
        ("CS-0003", "说明里写着封存，先改说明"),
        ("CS-0004", "“在用”时不能启用"),
        ("CS-0001", ""),
        ("CS-0002", ""),
    ]
    page = text(answer)
    assert "启用 2 台" in page and "说明里写着封存" in page and preview.versions == "CS-0001:1 CS-0002:1"
    assert states() == "idle idle idle busy"


def test_guards_look_at_facts_that_are_asked_for_once(four: list[Crane]) -> None:
    """One call for all records, not one for each."""
    asked: list[int] = []

    def facts(records: Sequence[Any]) -> list[Any]:
        asked.append(len(records))
        return [SimpleNamespace(state=each.state, note="封存" if each.code == "CS-0002" else "") for each in records]

    preview = bulk_moves.preview(CRANES, replace(MOVES, facts=facts), "start", four, by=cast.officer())
    assert preview.versions == "CS-0001:1 CS-0003:1" and asked == [4]


def test_all_that_can_move_do_so_as_one_act_with_one_event(client: Client) -> None:
    versions = client.get(ALL).context["preview"].versions
    assert client.post(ALL, FORM | {"versions": versions})["Location"] == "/cranes/?"
    assert states() == "busy busy idle busy"
    act = Act.objects.get(kind=Act.Kind.MOVED)
    assert act.reason == "汛期已过" and CraneHistory.objects.filter(act=act).count() == 2
    event = Event.objects.get(verb="crane.started")
    assert (event.after, event.reason) == ({"written": 2, "created": 0}, "汛期已过")
    again = text(client.post(ALL, FORM | {"versions": versions}), 409)
    assert "改过" in again and Act.objects.filter(kind=Act.Kind.MOVED).count() == 1


def test_one_changed_since_the_preview_is_told_and_left(client: Client) -> None:
    """(traps V1)"""
    versions = client.get(ALL).context["preview"].versions
    edit("CS-0002", cast.officer(name="陈立"), note="换钢丝绳")
    page = text(client.post(ALL, FORM | {"versions": versions}, follow=True))
    assert states() == "busy idle idle busy"
    assert "已启用 1 台" in page and "没有办的：陈立于" in page and "二号机" in page


def test_none_moves_where_one_is_refused_that_nobody_changed(client: Client) -> None:
    page = text(client.post(ALL, FORM | {"versions": "CS-0001:1 CS-0003:1"}), 409)
    assert "“三号机”：说明里写着封存，先改说明。" in page and 'value="汛期已过"' in page
    assert states() == "idle idle idle busy"
    assert not Act.objects.filter(kind=Act.Kind.MOVED).exists()
    assert not Event.objects.filter(verb="crane.started").exists()


def test_what_is_wrong_with_a_field_is_said_there_and_nothing_moves(client: Client) -> None:
    versions = client.get(ALL).context["preview"].versions
    for changed in ({"load": ""}, {"started_on": "1999-12-31"}):
        answer = client.post(ALL, FORM | {"versions": versions} | changed)
        assert set(answer.context["form"].errors) == set(changed) and answer.status_code == 200
    stop = picked("CS-0004", move="stop/")
    answer = client.post(stop, {"versions": "CS-0004:1", "reason": ""})
    assert answer.context["form"].errors == {"reason": ["写明为什么停用。"]}
    for versions in ("", "x", "CS-0001", "CS-0001:x", "1:1", "CS-0001:99999999999"):
        assert "看过下面哪些可以办" in text(client.post(ALL, FORM | {"versions": versions})), versions
    assert states() == "idle idle idle busy"


def test_everything_filtered_is_what_the_filter_lets_through(client: Client, four: list[Crane]) -> None:
    """(traps V1)"""
    crane("CZ-0001", "郴州机", cast.CHENZHOU)
    officer = browser(cast.officer())
    address = "/cranes/bulk/all/moves/start/?city=431000"
    preview = officer.get(address).context["preview"]
    assert preview.versions == "CZ-0001:1" and "郴州市" in text(officer.get(address))
    assert officer.post(address, FORM | {"versions": preview.versions})["Location"] == "/cranes/?city=431000"
    assert states() == "idle idle idle busy busy"


def test_a_refusal_of_the_whole_move_is_said_on_the_page(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise MoveRefused("汛期不办")

    monkeypatch.setattr(record_moves, "move_many", refuse)
    page = text(client.post(ALL, FORM | {"versions": "CS-0001:1"}), 409)
    assert "汛期不办。" in page and 'value="汛期已过"' in page


def test_a_key_with_zeros_before_it_is_the_same_record(four: list[Crane]) -> None:
    listing, values = replace(CRANES, key="pk"), {"started_on": None, "load": "full", "cost_cny": None}
    versions: dict[int | str, int] = {f"00{four[0].pk}": 1}
    moved, left = bulk_moves.move_records(
        listing, MOVES, "start", versions, by=cast.officer(), reason="", values=values
    )
    assert (moved, left, states()) == (1, [], "busy idle idle busy")


def test_the_record_of_another_city_is_as_unknown_as_none(client: Client) -> None:
    crane("CZ-0001", "郴州机", cast.CHENZHOU)
    answers = [client.post(picked(code), FORM | {"versions": f"{code}:1"}) for code in ("CZ-0001", "CS-0999")]
    assert [text(answer, 409).count("不在您的范围内") for answer in answers] == [1, 1]
    assert [answer.context["objections"] for answer in answers] == [("1 台已经删除，或不在您的范围内",)] * 2
    assert client.get(picked("CZ-0001")).context["preview"].count == 0
    assert states() == "idle idle idle busy idle"
