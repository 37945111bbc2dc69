"""Tests the form with which a city registers an enterprise."""

from __future__ import annotations

from typing import Any

import pytest

from enterprises import actions
from enterprises.models import Enterprise
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.intake.tests.return_requests_and_workbooks import signed_in_client
from hunan_trade.workflow import MoveRefused

pytestmark = pytest.mark.django_db
FIRM = {"customs_code": "4301960001", "name": "清风电子", "region": "430100", "modes": "进料加工"}


@pytest.mark.parametrize(
    "typed", ["4301960001", " 4301960001 ", "４３０１９６０００１", "430196000a", "\u202e4301960001\u2800"]
)
def test_code_and_name_are_stored_in_one_spelling(typed: str) -> None:
    sent = FIRM | {"customs_code": typed, "name": " 清风\u202e　电子\u200b\u3164"}
    assert signed_in_client(cast.reporter()).post("/enterprises/new/", sent).status_code == 302
    kept = Enterprise.objects.get()
    assert kept.customs_code in {"4301960001", "430196000A"} and kept.name == "清风  电子"


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("4304960001", "前四位 4304 不是所选市州的（4301）"),
        ("43019600", "海关编码是十位数字或字母"),
        ("4301960009", "已登记，不能重复"),
    ],
)
def test_the_form_says_why_a_customs_code_is_refused(typed: str, told: str) -> None:
    reporter = cast.reporter()
    factory: dict[str, Any] = {"name": "湘江玩具", "region": "430100", "modes": ["进料加工"], "by": reporter}
    actions.register_enterprise(customs_code="4301960009", **factory)
    assert told in signed_in_client(reporter).post("/enterprises/new/", FIRM | {"customs_code": typed}).content.decode()
    with pytest.raises(MoveRefused, match="4301960009”已登记"):  # who was a moment behind
        actions.register_enterprise(customs_code="4301960009", **factory)
