"""Tests the search over all lists, which counts and shows only records that the user may see.

The one record that is found is opened.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from unittest import mock

import pytest
from django.test import Client

from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Permission
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.actions import System
from hunan_trade.lists.search import global_search
from hunan_trade.lists.tests.sample_firm_list import FIRMS, firm
from parks.actions import load_parks
from parks.tables import PARKS

pytestmark = [pytest.mark.usefixtures("firms_table"), pytest.mark.urls("hunan_trade.lists.tests.urls")]
HENGYANG = "430400"
LINKED = replace(FIRMS, columns=(replace(FIRMS.columns[0], link=lambda each: f"/firms/{each.pk}/"), *FIRMS.columns[1:]))


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def _without_tokens(answer: Any) -> str:
    return re.sub(r"[A-Za-z0-9]{64}", "", answer.content.decode())


def search(user: User, words: str, *lists: Any) -> Any:
    with mock.patch.object(global_search, "declared", return_value=lists or (PARKS, LINKED)):
        return browser(user).get("/search/", {"q": words})


def test_hits_are_counted_by_kind() -> None:
    load_parks(by=System("初始化"))
    for at in range(7):
        firm(f"郴州第{at}厂")
    page = " ".join(search(cast.officer(), "郴州").content.decode().split())
    assert "<h2>园区平台</h2>" in page and '<h2>企业（试）</h2> <span class="meta">7 家</span>' in page
    assert page.count("<li>") >= 6 and 'href="/firms/?q=%E9%83%B4%E5%B7%9E"' in page and "郴州出口加工区" in page


def test_the_only_record_is_opened() -> None:
    one = firm("蓝思科技", "K-7")
    firm("富泰宏", "K-70")
    user = cast.officer()
    assert search(user, "蓝思").headers["Location"] == f"/firms/{one.pk}/" == search(user, "lskj").headers["Location"]
    assert search(user, "蓝思", FIRMS).headers["Location"] == "/firms/?q=%E8%93%9D%E6%80%9D"
    assert "K-70" not in search(user, "k-7").content.decode() and search(user, "k-7").status_code == 200


def test_nothing_found_and_nothing_typed_are_two_sentences() -> None:
    user = cast.officer()
    assert "没有找到" in search(user, "查无此厂").content.decode()
    assert (
        "写几个字再查" in search(user, "").content.decode()
        and "写几个字再查" in search(user, " \u3000").content.decode()
    )
    answer = search(user, "长" * 61)
    assert answer.status_code == 400 and "最多 60 字" in answer.content.decode()
    assert browser(user).get("/search/?q=a&q=b").status_code == browser(user).get("/search/?x=1").status_code == 400


def test_only_what_the_reader_may_see_is_found() -> None:
    """A hidden record and one that does not exist are answered alike (traps S3)."""
    firm("衡阳富泰宏", city_id=HENGYANG, phone="13800138000")
    reporter, officer = cast.reporter(), cast.officer()
    hidden, unknown = (_without_tokens(search(reporter, words)) for words in ("富泰宏", "富泰红"))
    assert hidden.replace("富泰宏", "富泰红") == unknown and "没有找到" in unknown
    assert search(officer, "13800138000").status_code == 302
    assert "没有找到" in search(cast.reporter(HENGYANG), "13800138000").content.decode()
    secret = replace(LINKED, see=Permission.READ_AUDIT)
    assert "没有找到" in search(officer, "富泰宏", PARKS, secret).content.decode()


def test_the_box_stands_in_the_bar_of_whoever_may_see_a_list() -> None:
    assert 'action="/search/"' in browser(cast.reporter()).get("/firms/").content.decode()
    keeper = browser(cast.administrator())
    assert 'action="/search/"' not in keeper.get("/accounts/").content.decode()
    assert keeper.get("/search/?q=a").status_code == 403
