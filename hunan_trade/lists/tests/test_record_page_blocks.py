"""Tests the blocks that an app adds to the page of a record, above and below the record's fields."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import include, path

from hunan_trade import urls
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Role
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.lists import record_writing
from hunan_trade.lists.columns import Column
from hunan_trade.lists.declaration import RecordPanel, RecordTop
from hunan_trade.lists.record_change_preparation import RecordChange
from hunan_trade.lists.tests.test_record_pages import created, edit, page
from hunan_trade.lists.urls import list_urls
from hunan_trade.regions import actions_load_reference_tables as regions
from parks.models import Park
from parks.tables import PARKS
from targets.tests.plan_and_user_factories import signed_in_client

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


def _stage(user: User, park: Park) -> Any:
    """Return the content of the block above the facts; none for a park that is only noted."""
    empty = (park.note, user.get_role_display())
    return SimpleNamespace(title="走到哪一步", empty=empty) if park.note else None


def _panel(title: str) -> RecordPanel:
    column = Column("name", "名称")
    return RecordPanel(title, (column,), lambda pk: [SimpleNamespace(name=f"{title}{pk}")])


STAGES = RecordTop("lists/tests/stage.html", _stage)
LISTING = replace(PARKS, record_page=STAGES, record_panels=(_panel("厂房"), _panel("道路")))
handler400, handler403, handler404 = urls.handler400, urls.handler403, urls.handler404
urlpatterns = [path("parks/", include((list_urls(LISTING), "parks"))), *urls.urlpatterns]


@pytest.fixture(autouse=True)
def stage_template(settings: Any, tmp_path: Any) -> None:
    """Give the app of the test a template of its own."""
    (tmp_path / "lists/tests").mkdir(parents=True)
    (tmp_path / "lists/tests/stage.html").write_text("<h2>{{ top.title }}</h2>{{ top.empty.0 }}，{{ top.empty.1 }}")
    (engine,) = settings.TEMPLATES
    settings.TEMPLATES = [engine | {"DIRS": [*engine["DIRS"], tmp_path]}]
    regions.load_regions()


@pytest.fixture
def client() -> Client:
    return signed_in_client(Role.PROVINCE_OFFICER)


def test_the_page_shows_the_apps_blocks_above_and_below_the_facts(client: Client) -> None:
    park = created(date(2013, 5, 2), note="<b>建设中")
    text = page(client, f"/parks/{park.pk}/")
    places = [text.index(part) for part in ("走到哪一步", ">基本情况<", f"厂房{park.pk}", f"道路{park.pk}")]
    assert places == sorted(places) and "&lt;b&gt;建设中，省厅经办" in text


def test_where_the_function_gives_nothing_there_is_nothing(client: Client) -> None:
    park = created(date(2013, 5, 2), note="")
    assert "走到哪一步" not in page(client, f"/parks/{park.pk}/")
    edit(park, note="有了")
    assert "走到哪一步" in page(client, f"/parks/{park.pk}/")


def test_neither_an_earlier_day_nor_a_deleted_record_has_them(client: Client) -> None:
    park = created(date(2013, 5, 2), note="有")
    earlier = page(client, f"/parks/{park.pk}/?as_of=2013-05-03")
    assert "走到哪一步" not in earlier and f"厂房{park.pk}" not in earlier
    record_writing.delete_records(
        Park.objects.all(), [RecordChange({}, park.pk, 1)], listing="parks", by=cast.officer()
    )
    assert "走到哪一步" not in page(client, f"/parks/{park.pk}/")
