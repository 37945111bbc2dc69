"""Tests that only an enterprise's own city and the province can see, add and remove its attachments."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from enterprises.models import Enterprise
from enterprises.tables import ENTERPRISES
from enterprises.tests.return_factories import enterprise
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.lists.attachments import actions
from hunan_trade.lists.models import Act, Attachment
from hunan_trade.lists.tests.attachment_files import JPEG, PDF
from hunan_trade.regions import actions_load_reference_tables as regions
from hunan_trade.testing.transaction_simulation_and_waiting import next_transaction
from hunan_trade.workflow import MoveRefused

pytestmark = pytest.mark.django_db
REASON = {"reason": "传错了"}


@pytest.fixture(autouse=True)
def places(settings: LazySettings, tmp_path: Path) -> None:
    settings.FILES_DIR = tmp_path / "files"
    regions.load_regions()


@pytest.fixture
def firm() -> Enterprise:
    return enterprise(cast.reporter(cast.CHANGSHA))


@pytest.fixture
def attachment(firm: Enterprise) -> Attachment:
    return actions.attach(ENTERPRISES, firm.pk, PDF, "批复.pdf", by=cast.reporter(cast.CHANGSHA))


def statuses(user: User, firm: Enterprise, attachment: Attachment) -> dict[str, int]:
    """Return how a user's requests to download, add and remove by page and by API are answered."""
    (browser := Client()).force_login(user)
    token = Client(headers=cast.bearer_headers(user, "register"))
    page, api = f"/enterprises/{firm.pk}/attachments/", f"/api/v1/enterprises/{firm.pk}/attachments/"
    one = f"{attachment.pk}/"
    answers: dict[str, Any] = {
        "download": browser.get(page + one),
        "add": browser.post(page, _file("一.jpg")),
        "remove": browser.post(f"{page}{one}remove/", {"reason": ""}),
        "list by API": token.get(api),
        "download by API": token.get(api + one),
        "add by API": token.post(api, _file("二.jpg")),
        "remove by API": token.delete(api + one, REASON, content_type="application/json"),
    }
    return {name: answer.status_code for name, answer in answers.items() if b"".join(answer) is not None}


def _file(name: str) -> dict[str, Any]:
    return {"file": SimpleUploadedFile(name, JPEG + name.encode())}


@pytest.mark.parametrize("maker", [lambda: cast.reporter(cast.CHANGSHA), cast.officer], ids=["own city", "province"])
def test_its_city_and_the_province_add_and_remove_attachments(
    maker: Any, firm: Enterprise, attachment: Attachment
) -> None:
    next_transaction()
    assert statuses(maker(), firm, attachment) == {
        "download": 200, "add": 302, "remove": 409,  # no reason
        "list by API": 200, "download by API": 200, "add by API": 201, "remove by API": 204,
    }  # fmt: skip


def test_for_a_reporter_of_another_city_no_attachment_exists(firm: Enterprise, attachment: Attachment) -> None:
    neighbour, before = cast.reporter(cast.CHENZHOU), Act.objects.count()
    assert set(statuses(neighbour, firm, attachment).values()) == {404}
    with pytest.raises(MoveRefused):
        actions.mark_attachment_removed(ENTERPRISES, attachment, by=neighbour, reason="不用")
    with pytest.raises(MoveRefused):
        actions.attach(ENTERPRISES, firm.pk, JPEG, "一.jpg", by=neighbour)
    assert (Attachment.objects.current().count(), Act.objects.count()) == (1, before)
