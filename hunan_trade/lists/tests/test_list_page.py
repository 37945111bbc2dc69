"""Tests the page of a list, with its parts, links, messages and chosen columns."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.models import Event
from hunan_trade.lists.models import ColumnChoice, SavedView
from hunan_trade.lists.pages.column_choices import move_key
from hunan_trade.lists.tests.sample_firm_list import firm

pytestmark = [pytest.mark.usefixtures("firms_table"), pytest.mark.urls("hunan_trade.lists.tests.urls")]
CHANGSHA, HENGYANG = "430100", "430400"
HTMX = {"HX-Request": "true"}


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    client.get("/firms/")
    return client


def page(client: Client, address: str = "/firms/", status: int = 200, **headers: str) -> str:
    answer = client.get(address, headers={name.replace("_", "-"): value for name, value in headers.items()})
    assert answer.status_code == status, answer.content.decode()[:500]
    return answer.content.decode()


def rows_of(html: str) -> list[str]:
    """Return the first cell of every row, as text."""
    body = html.partition("<tbody>")[2].partition("</tbody>")[0]
    return re.findall(r'<th scope="row" class="(?:no)?wrap">(?:<[^>]*>)?([^<]*)', body)


def headings(html: str) -> list[str]:
    head = html.partition("<thead")[2].partition("</thead>")[0]
    return [re.sub(r"<[^>]*>|\s", "", cell) for cell in re.findall(r"<th[^>]*>(.*?)</th>", head, re.S)]


# --- Parts of the page (traps V8) -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("target", "holds", "lacks"),
    [
        ("list-table", "第 1—1 家", "条件（"),
        ("list-block", "条件（1）", "<h1>"),
        ("", "<h1>企业（试）</h1>", "这里没有"),
        ("nobody", "<h1>企业（试）</h1>", "这里没有"),
    ],
)
def test_only_the_named_part_is_sent(target: str, holds: str, lacks: str) -> None:
    """From a list of parts that the server keeps (traps V8)."""
    client = browser(cast.officer())
    firm("长沙蓝思", kind="parts")
    answer = page(client, "/firms/?kind=parts", HX_Request="true", HX_Target=target)
    assert holds in answer and lacks not in answer and rows_of(answer) == ["长沙蓝思"]


def test_back_gives_the_whole_page() -> None:
    """(traps V8)"""
    client = browser(cast.officer())
    answer = page(client, HX_Request="true", HX_Target="list-table", HX_History_Restore_Request="true")
    assert "<h1>" in answer and "</html>" in answer


def test_every_link_leads_to_a_page_that_is_whole_without_script() -> None:
    client = browser(cast.officer())
    for at in range(120):
        firm(f"第{at:03}家", kind="parts")
    html = page(client, "/firms/?kind=parts&sort=-name")
    links = {link.replace("&amp;", "&") for link in re.findall(r'href="(/firms/[^"]*|\?[^"]*)"', html)}
    assert len(links) > 12 and {link for link in links if "summary" in link}
    files = {link for link in links if "/download/" in link}
    assert files
    for link in links - files:
        found = page(client, link if link[0] == "/" else f"/firms/{link}")
        assert "<h1>" in found and "</html>" in found, link


def test_the_count_brings_the_page_numbers() -> None:
    client = browser(cast.officer())
    for at in range(120):
        firm(f"第{at:03}家")
    html = page(client, "/firms/?page=2")
    assert "第 51—100 家" in html and "共" not in html.partition("<tbody>")[0].partition("<main")[2]
    assert 'id="page-next"' in html and 'id="page-3"' not in html
    part = page(client, "/firms/summary/?page=2", HX_Request="true")
    assert '<span id="list-sums" role="status">120 家</span>' in part and 'hx-swap-oob="true"' in part
    assert 'id="page-3"' in part and "第 51—100 家，共 120 家" in re.sub(r"\s+", " ", part) and "<h1>" not in part
    whole = page(client, "/firms/summary/?page=2")
    assert "<h1>" in whole and "120 家" in whole and 'id="page-3"' in whole and len(rows_of(whole)) == 50


def test_the_sorted_column_says_so_and_its_heading_turns_it_round() -> None:
    client = browser(cast.officer())
    firm("安化", capital_usd=2_000_000), firm("波湘", capital_usd=None), firm("长沙", capital_usd=1_000_000)
    html = page(client, "/firms/?sort=capital_usd")
    assert rows_of(html) == ["长沙", "安化", "波湘"] and 'aria-sort="ascending"' in html
    assert 'href="?sort=-capital_usd"' in html and 'hx-get="?sort=-capital_usd"' in html
    html = page(client, "/firms/?sort=-capital_usd")
    assert rows_of(html) == ["安化", "长沙", "波湘"] and 'aria-sort="descending"' in html
    assert rows_of(page(client, "/firms/?sort=-name")) == ["长沙", "波湘", "安化"]


# --- Sentences ------------------------------------------------------------------------------------------------------
def test_empty_filtered_to_nothing_wrong_and_forbidden_are_four_sentences() -> None:
    client = browser(cast.officer())
    assert "还没有记录" in page(client)
    firm("长沙蓝思")
    assert "没有符合条件的记录" in page(client, "/firms/?q=衡阳") and "清除筛选" in page(client, "/firms/?q=衡阳")
    wrong = page(client, "/firms/?capital_usd_min=x", 400)
    assert "条件有误" in wrong and "“x”不是数。只填数字，单位是万美元。" in wrong and rows_of(wrong) == []
    assert 'value="x"' in wrong and 'aria-expanded="true">' in wrong
    assert "这一页没有记录" in page(client, "/firms/?page=9")
    auditor = page(browser(cast.auditor()), "/firms/", 403)
    assert "看业务数据" in auditor and "还没有记录" not in auditor


def test_many_filters_come_when_they_are_opened_and_those_that_are_set_stand_as_chips() -> None:
    client, box = browser(cast.officer()), 'type="checkbox" name="kind"'
    for address in ("/firms/", "/firms/?kind=parts"):
        assert box not in page(client, address) and 'id="list-filters"' in page(client, address)
    folded, sent = page(client, "/firms/?kind=parts&sort=name"), '<input type="hidden" name="{}" value="{}">'
    assert "条件（1）" in folded and "取消" in folded
    form = folded[folded.index('role="search"') : folded.index('id="list-table"')]
    assert sent.format("kind", "parts") in form and sent.format("sort", "name") in form  # a search keeps what is set
    opened = page(client, "/firms/?kind=parts&open=filters")
    form = opened[opened.index('role="search"') : opened.index('id="list-table"')]
    assert box in opened and 'href="/firms/?kind=parts"' in opened and sent.format("kind", "parts") not in form
    few = page(client, "/parks/")
    assert '<details class="facets" open>' in few and "list-filters" not in few


def test_a_wrong_value_replaces_the_block_with_the_sentence() -> None:
    client = browser(cast.officer())
    answer = client.get("/firms/?kind=x", headers={**HTMX, "HX-Target": "list-table"})
    assert answer.status_code == 400 and answer["HX-Retarget"] == "#list-block"
    assert "不在可选范围" in answer.content.decode() and "<h1>" not in answer.content.decode()
    refused = client.get("/firms/?unknown=1", headers={**HTMX, "HX-Target": "list-table"})
    assert refused.status_code == 400 and not refused.has_header("HX-Retarget")


def test_hostile_text_stays_text() -> None:
    client = browser(cast.officer())
    bad = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    firm(bad, code="<b>1</b>", note=bad, phone=bad[:20])
    for address in ("/firms/?columns=name,code,note,phone", f"/firms/?q={bad}", f"/firms/?kind={bad}", "/firms/tabs/"):
        answer = client.get(address).content.decode()
        assert "<script>alert" not in answer and "<img src=x" not in answer and "<b>1" not in answer


# --- Columns --------------------------------------------------------------------------------------------------------
def choose(client: Client, **data: Any) -> str:
    return client.post("/firms/columns/", data).headers["Location"]


def test_columns_are_remembered_for_the_person_and_the_address_wins() -> None:
    """They are one's own and leave no event (traps V7)."""
    officer, other = cast.officer(), cast.officer()
    client, usual = browser(officer), ["名称", "编号", "市州", "类型", "合同额万美元", "签约日期", "电话"]
    firm("长沙蓝思", note="说")
    assert headings(page(client)) == usual
    events = Event.objects.count()
    order = ["code", "name", "note", "city"]
    assert (
        choose(client, query="?kind=blank&columns=name&view=all", order=order, shown=["note", "code"])
        == "/firms/?kind=blank&view=all"
    )
    assert headings(page(client)) == ["编号", "说明"] and headings(page(browser(other))) == usual
    assert headings(page(client, "/firms/?columns=name,phone")) == ["名称", "电话"]
    assert (
        choose(client, query="", order=["code", "note"], shown=["code", "note"], move="note:-1")
        == "/firms/?open=columns"
    )
    assert headings(page(client)) == ["说明", "编号"]
    assert Event.objects.count() == events
    choose(client, query="", order=["code"], shown=["code"], reset="on")
    assert headings(page(client)) == usual and not ColumnChoice.objects.exists()


def test_a_column_that_is_gone_or_forbidden_falls_out_of_the_choice() -> None:
    reporter = cast.reporter(CHANGSHA)
    ColumnChoice.objects.create(user=reporter, listing="firms", columns=["gone", "phone", "code"])
    client = browser(reporter)
    firm("长沙蓝思", phone="1")
    assert headings(page(client)) == ["编号"]
    ColumnChoice.objects.update(columns=["phone"])
    assert headings(page(client)) == ["名称", "编号", "市州", "类型", "合同额万美元", "签约日期"]
    assert client.post("/firms/columns/", {"order": ["phone"], "shown": ["phone"]}).status_code == 400


def test_the_panel_of_columns_works_without_script() -> None:
    client = browser(cast.officer())
    firm("长沙蓝思")
    html = page(client, "/firms/?kind=blank&open=columns")
    assert 'name="move" value="code:-1"' in html and "没有显示，1 列" in html and "列 7/8" in html
    assert "open=columns" not in page(client, "/firms/?open=columns").partition("<tbody>")[2]


def test_a_step_moves_one_key_and_stops_at_the_ends() -> None:
    assert move_key("abc", "c", -1) == ["a", "c", "b"] and move_key("abc", "a", 1) == ["b", "a", "c"]
    assert move_key("abc", "a", -1) == ["a", "b", "c"] == move_key("abc", "c", 1) == move_key("abc", "x", 1)


# --- Views ----------------------------------------------------------------------------------------------------------
def test_a_view_is_saved_changed_and_deleted_on_the_page() -> None:
    client = browser(cast.officer())
    firm("甲", kind="parts"), firm("乙")
    html = page(client, "/firms/?kind=parts&open=view")
    assert 'name="query" value="?kind=parts"' in html and "本组" in html
    answer = client.post(
        "/firms/views/", {"query": "?kind=parts", "title": " 零部件 ", "shared": "on", "is_default": "on"}
    )
    view = SavedView.objects.get()
    assert answer.headers["Location"] == f"/firms/?view={view.pk}" and view.is_default and view.title == "零部件"
    html = page(client)
    assert rows_of(html) == ["甲"] and "不再作本组默认" in html and "存给本组" not in html
    changed = page(client, f"/firms/?view={view.pk}&kind=blank&sort=-name")
    assert rows_of(changed) == ["乙"] and "存给本组" in changed
    tabs = re.sub(r"\s+", " ", page(client, "/firms/tabs/"))
    assert '零部件<span class="n">1</span>' in tabs and '全部<span class="n">2</span>' in tabs
    client.post(f"/firms/views/{view.pk}/", {"query": f"?view={view.pk}&kind=blank&sort=-name", "act": "update"})
    assert rows_of(page(client)) == ["乙"]
    client.post(f"/firms/views/{view.pk}/", {"act": "no_default"})
    assert rows_of(page(client)) == ["甲", "乙"]
    assert client.post(f"/firms/views/{view.pk}/", {"act": "delete"}).headers["Location"] == "/firms/?view=all"
    assert not SavedView.objects.exists()


def test_a_view_that_needs_mending_says_what_and_offers_two_ways_out() -> None:
    """(traps V3)"""
    officer = cast.officer()
    client = browser(officer)
    firm("甲", kind="parts"), firm("乙")
    view = SavedView.objects.create(
        listing="firms",
        title="旧",
        owner=officer,
        parameters={"old": ["1"], "kind": ["parts"]},
        words={"old": "旧条件 一"},
    )
    html = page(client, f"/firms/?view={view.pk}")
    assert "视图“旧”需要修改：旧条件 一" in html and rows_of(html) == [] and "甲" not in html
    assert rows_of(page(client, f"/firms/?kind=parts&view={view.pk}")) == ["甲"]
    assert f'href="/firms/?kind=parts&amp;view={view.pk}"' in html
    assert "我的：旧" in page(client, "/firms/tabs/")


@pytest.mark.parametrize(
    ("data", "status", "sentence"),
    [
        ({"title": " ", "query": ""}, 409, "起个名称再存"),
        ({"title": "长" * 21, "query": ""}, 409, "名称最多 20 字"),
        ({"title": "一", "query": "?kind=x"}, 409, "有条件读不懂"),
        ({"title": "一", "query": "?unknown=1"}, 400, ""),
        ({"title": "一", "query": "", "shared": "x"}, 409, ""),
    ],
)
def test_a_view_that_cannot_be_saved_says_why(data: dict[str, str], status: int, sentence: str) -> None:
    answer = browser(cast.officer()).post("/firms/views/", data)
    assert answer.status_code == status and sentence in answer.content.decode() and not SavedView.objects.exists()


def test_anothers_view_does_not_exist() -> None:
    view = SavedView.objects.create(listing="firms", title="一", owner=cast.officer(), parameters={})
    client = browser(cast.officer())
    for act in ("update", "delete", "default", "no_default"):
        assert client.post(f"/firms/views/{view.pk}/", {"act": act, "query": ""}).status_code == 404
    assert client.get(f"/firms/?view={view.pk}").status_code == client.get("/firms/?view=999999").status_code == 404
    assert client.get("/firms/?view=x").status_code == client.get("/firms/?view=-1").status_code == 400


# --- Queries --------------------------------------------------------------------------------------------------------
def test_more_rows_cost_no_more_queries() -> None:
    officer = cast.officer()
    client = browser(officer)
    for at in range(3):
        firm(f"第{at}家", region_id=CHANGSHA, owner=officer)

    def queries(address: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            page(client, address)
        return len(captured)

    addresses: list[str] = ["/firms/", "/firms/?q=第&sort=-name", "/firms/summary/", "/firms/tabs/"]
    count: Callable[[], list[int]] = lambda: [queries(address) for address in addresses]  # noqa: E731
    few = count()
    for at in range(60):
        firm(f"另{at}家", city_id=HENGYANG, region_id=HENGYANG, owner=cast.officer())
    assert count() == few
