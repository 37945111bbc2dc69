"""Tests saved views of lists, personal and shared, also when a part of a view no longer exists."""

from __future__ import annotations

from typing import Any
from unittest import mock

import pytest
from django.core.exceptions import BadRequest
from django.http import Http404, QueryDict

from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.models import Event
from hunan_trade.lists.list_query import ListQuery
from hunan_trade.lists.models import SavedView
from hunan_trade.lists.pages import saved_views
from hunan_trade.lists.pages.saved_views import OpenedList
from hunan_trade.lists.tests.sample_firm_list import FIRMS, FirmFilter, firm
from hunan_trade.workflow import MoveRefused

pytestmark = pytest.mark.usefixtures("firms_table")
CHANGSHA, HENGYANG = "430100", "430400"


def query(user: User, text: str) -> ListQuery:
    return ListQuery(FIRMS, user, QueryDict(text))


def save(user: User, text: str, title: str = "一", *, shared: bool = False, is_default: bool = False) -> SavedView:
    return saved_views.save_view(query(user, text), title=title, shared=shared, is_default=is_default, by=user)


def opened(user: User, text: str = "") -> OpenedList:
    return saved_views.open_list(FIRMS, user, QueryDict(text))


def names(user: User, text: str) -> set[str]:
    return {each.name for each in opened(user, text).query.rows}


def titles(user: User, text: str = "") -> list[str]:
    return [tab.title for tab in saved_views.make_tabs(opened(user, text))]


def current(user: User, text: str) -> str:
    (title,) = [tab.title for tab in saved_views.make_tabs(opened(user, text)) if tab.current]
    return title


def test_a_view_opens_as_it_was_saved(firms_table: None) -> None:
    user = cast.officer()
    firm("甲", kind="parts"), firm("乙")
    view = save(user, "kind=parts&kind=service&sort=-name&columns=name,code&page=3&note=")
    found = opened(user, f"view={view.pk}")
    assert view.parameters == {"kind": ["parts", "service"], "sort": ["-name"], "columns": ["name,code"]}
    assert [each.name for each in found.query.rows] == ["甲"] and found.gone == () and not found.is_changed
    assert [column.key for column in found.query.columns] == ["name", "code"]
    assert found.query.page_url(2) == f"?kind=parts&kind=service&sort=-name&columns=name%2Ccode&view={view.pk}&page=2"
    assert opened(user, f"view={view.pk}&kind=parts").is_changed


def test_a_personal_view_is_its_owners_and_a_shared_one_the_groups(firms_table: None) -> None:
    officer, lead = cast.officer(), cast.province_lead()
    reporter, colleague, stranger = cast.reporter(CHANGSHA), cast.lead(CHANGSHA), cast.reporter(HENGYANG)
    own, province = save(officer, "kind=parts", "我的"), save(officer, "kind=service", "厅里", shared=True)
    city = save(reporter, "city=own", "市里", shared=True)
    seen = {user: set(SavedView.objects.visible_to(user)) for user in (officer, lead, reporter, colleague, stranger)}
    assert seen == {officer: {own, province}, lead: {province}, reporter: {city}, colleague: {city}, stranger: set()}
    for user, view in ((lead, own), (stranger, city), (reporter, province), (stranger, province)):
        with pytest.raises(Http404):
            opened(user, f"view={view.pk}")
    assert titles(lead) == ["大额", "厅里", "全部"] and titles(officer) == ["大额", "厅里", "我的：我的", "全部"]
    assert titles(colleague) == ["本市", "大额", "市里", "全部"]


def test_whoever_belongs_to_no_group_saves_for_nobody_else(firms_table: None) -> None:
    with pytest.raises(MoveRefused, match="只能存给自己"):
        save(cast.auditor(), "", shared=True)


def test_one_shared_view_shows_each_reader_their_own(firms_table: None) -> None:
    """本市 and 我 are stored as words, not as their author's (traps V4)."""
    reporter, colleague = cast.reporter(CHANGSHA), cast.lead(CHANGSHA)
    firm("沙", owner=reporter), firm("城", owner=colleague), firm("衡", city_id=HENGYANG)
    view = save(reporter, "city=own&owner=me", shared=True)
    assert names(reporter, f"view={view.pk}") == {"沙"} and names(colleague, f"view={view.pk}") == {"城"}
    assert view.parameters == {"city": ["own"], "owner": ["me"]}
    other = cast.reporter(HENGYANG)
    assert names(other, "city=own") == {"衡"} and current(other, "city=own") == "本市" == current(reporter, "city=own")


def test_the_groups_default_opens_with_the_list_and_everything_is_one_press_away(firms_table: None) -> None:
    officer, lead = cast.officer(), cast.province_lead()
    firm("甲", kind="parts"), firm("乙")
    first = save(officer, "kind=parts", "零部件", shared=True, is_default=True)
    assert names(lead, "") == {"甲"} and current(lead, "") == "零部件"
    assert names(lead, "view=all") == {"甲", "乙"} and current(lead, "view=all") == "全部"
    assert names(lead, "page=1") == {"甲", "乙"} and names(cast.reporter(CHANGSHA), "") == {"甲", "乙"}
    second = save(lead, "kind=blank", "空", shared=True, is_default=True)
    assert set(SavedView.objects.filter(is_default=True)) == {second} and names(officer, "") == {"乙"}
    saved_views.set_group_default_view(first, is_default=True, by=lead)
    assert set(SavedView.objects.filter(is_default=True)) == {first}
    saved_views.set_group_default_view(first, is_default=False, by=lead)
    assert names(officer, "") == {"甲", "乙"}
    with pytest.raises(MoveRefused):
        saved_views.set_group_default_view(save(lead, "", "我"), is_default=True, by=lead)


def test_the_last_part_of_a_view_can_be_taken_off(firms_table: None) -> None:
    """The view alone would open as saved, with that part."""
    user = cast.officer()
    firm("甲", kind="parts"), firm("乙")
    view = save(user, "kind=parts&sort=-name")
    (chip,) = opened(user, f"view={view.pk}").query.chips()
    assert chip.remove_url == f"?sort=-name&view={view.pk}" and names(user, chip.remove_url[1:]) == {"甲", "乙"}
    view = save(user, "kind=parts", "二")
    (chip,) = opened(user, f"view={view.pk}").query.chips()
    assert chip.remove_url == "?view=all" and names(user, "view=all") == {"甲", "乙"}
    assert names(user, f"view={view.pk}&q=&note=") == {"甲", "乙"}


def test_what_is_not_saved_has_a_tab_of_its_own(firms_table: None) -> None:
    user = cast.officer()
    assert current(user, "") == "全部" == current(user, "sort=-name&columns=name")
    assert (
        current(user, "capital_usd_min=300")
        == "大额"
        == current(user, "capital_usd_min=300&capital_usd_max=&sort=name")
    )
    assert current(user, "capital_usd_min=301") == "未存的条件"
    view = save(user, "kind=parts", "零")
    assert current(user, f"view={view.pk}&kind=service") == "我的：零"


# --- A part is gone (traps V3) --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("saved", "gone"),
    [
        ({"old": ["1"], "kind": ["parts"]}, ("旧条件 一",)),
        ({"kind": ["gone"]}, ("类型 旧的",)),
        ({"sort": ["-gone"], "kind": ["parts"]}, ("按旧的排序",)),
        ({"columns": ["name,gone"]}, ("列 旧的",)),
        ({"phone": ["yes"], "kind": ["parts"]}, ("电话 有",)),
        ({"unheard": ["x"]}, ("unheard",)),
    ],
)
def test_a_view_whose_part_is_gone_names_it_and_lists_nothing(
    saved: dict[str, list[str]], gone: tuple[str, ...], firms_table: None
) -> None:
    """Until the reader takes the part off; typed by hand it stays a refusal (traps V3)."""
    reporter = cast.reporter(CHANGSHA)
    firm("甲", kind="parts"), firm("乙")
    words = {"old": "旧条件 一", "kind": "类型 旧的", "sort": "按旧的排序", "columns": "列 旧的", "phone": "电话 有"}
    view = SavedView.objects.create(listing="firms", title="旧", owner=reporter, parameters=saved, words=words)
    found = opened(reporter, f"view={view.pk}")
    assert found.gone == gone and found.view == view and not found.may_save
    left = found.query.url().removeprefix("?")
    assert names(reporter, left) == ({"甲"} if "kind=parts" in left else {"甲", "乙"})
    if saved != {"kind": ["gone"]}:
        with pytest.raises(BadRequest):
            asked = query(reporter, saved_views._to_query_dict(saved).urlencode())
            _ = asked.rows, asked.columns
    saved_views.update_view(view, found.query, by=reporter)
    assert opened(reporter, f"view={view.pk}").gone == ()


def test_the_words_of_a_part_are_kept_for_the_day_when_it_is_gone(firms_table: None) -> None:
    """(traps V3)"""
    user = cast.officer()
    view = save(user, "kind=parts&signed_on_after=2013-01-01&sort=-name&columns=name,phone")
    assert view.words == {
        "kind": "类型 零部件",
        "signed_on_after": "签约日期 2013-01-01 起",
        "sort": "按名称排序",
        "columns": "列 名称、电话",
    }
    with mock.patch.dict(FirmFilter.base_filters):
        del FirmFilter.base_filters["kind"]
        assert opened(user, f"view={view.pk}").gone == ("类型 零部件",)


def test_a_renamed_filter_is_renamed_in_views(firms_table: None) -> None:
    """As its migration does it (traps V3)."""
    user = cast.officer()
    view = SavedView.objects.create(
        listing="firms", title="旧", owner=user, parameters={"art": ["parts"]}, words={"art": "类型 零部件"}
    )
    saved_views.rename_parameter(SavedView.objects.filter(listing="firms"), "art", "kind")
    firm("甲", kind="parts"), firm("乙")
    assert names(user, f"view={view.pk}") == {"甲"}
    view.refresh_from_db()
    assert view.words == {"kind": "类型 零部件"}


# --- Who changes a shared view (traps V7) ---------------------------------------------------------------------------
def test_only_saving_for_the_group_changes_a_shared_view(firms_table: None) -> None:
    """Looking, sorting and columns change nothing and leave no event (traps V7)."""
    officer, lead = cast.officer(), cast.province_lead()
    view = save(officer, "kind=parts", "零部件", shared=True)
    events = Event.objects.count()
    for text in (f"view={view.pk}", f"view={view.pk}&kind=parts&sort=-name&columns=code,name", ""):
        _ = opened(lead, text).query.columns
    save(lead, "kind=service", "自己的")
    view.refresh_from_db()
    assert view.parameters == {"kind": ["parts"]} and Event.objects.count() == events
    saved_views.update_view(view, query(lead, "kind=parts&sort=-name"), by=lead)
    event = Event.objects.order_by("pk").last()
    assert event is not None and event.verb == "view.changed" and event.actor_id == lead.pk
    assert event.after == {
        "parameters": {"kind": ["parts"], "sort": ["-name"]},
        "words": {"kind": "类型 零部件", "sort": "按名称排序"},
    }
    saved_views.delete_view(view, by=lead)
    assert [each.verb for each in Event.objects.order_by("pk")][-3:] == ["view.saved", "view.changed", "view.deleted"]


def test_a_title_stands_once_and_views_have_an_end(firms_table: None) -> None:
    user: Any = cast.officer()
    save(user, "", "一")
    with pytest.raises(MoveRefused, match="已有名为“一”的视图"):
        save(user, "kind=parts", "一")
    save(user, "", "一", shared=True)
    for at in range(saved_views.MAX_VIEWS - 1):
        save(user, "", f"第{at}")
    with pytest.raises(MoveRefused, match="最多 20 个"):
        save(user, "", "二")
    with pytest.raises(MoveRefused, match="读不懂"):
        save(cast.officer(), "kind=x", "三")
