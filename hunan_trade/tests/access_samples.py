"""Creates rows of one city for URLs that name a row, so that the access matrix can test who must not find them.

    @sample("/returns/<int:pk>/")
    def a_return(cast):
        return {"pk": factories.return_of("430100").pk}

An address without a sample is asked with a key that nobody has: enough to see who passes the gate.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests.factories import CHANGSHA
from hunan_trade.audit.actions import System
from hunan_trade.intake.actions import opening
from hunan_trade.intake.models import MonthlyReturn
from hunan_trade.periods import Month
from targets.tests.test_drafts import draft_of

Cast = Mapping[str, User]
Maker = Callable[[Cast], dict[str, Any]]
SAMPLES: dict[str, Maker] = {}


def sample(*routes: str) -> Callable[[Maker], Maker]:
    def keep(maker: Maker) -> Maker:
        SAMPLES.update(dict.fromkeys(routes, maker))
        return maker

    return keep


_RETURN = "/returns/<city:region>/<month:month>/"
_PARTS = ("", "rows/", "workbook/", "nil/", "hand-up/", "rounds/", "upload/")


@sample(*(_RETURN + part for part in _PARTS))
def a_return(cast: Cast) -> dict[str, Any]:
    month = Month(2013, 6)
    opening.open_month(month, by=System())
    return {"region": CHANGSHA, "month": month}


def _june(cast: Cast) -> MonthlyReturn:
    keys = a_return(cast)
    return MonthlyReturn.objects.of_month(keys["month"]).get(region=keys["region"])


_API_RETURN = "/api/v1/returns/<pk>/"


@sample(*(_API_RETURN + part for part in ("", "sheets/", "sheets/<sheet>/", "uploads/")))
def a_return_by_number(cast: Cast) -> dict[str, Any]:
    return {"pk": _june(cast).pk, "sheet": "city_summary"}


_DRAFT = "/plan/drafts/<int:pk>/"
_NODE = _DRAFT + "nodes/<int:node>/"


@sample(*(_DRAFT + part for part in ("", "head/", "publish/", "discard/")))
def a_plan_draft(cast: Cast) -> dict[str, Any]:
    return {"pk": draft_of(by=cast["officer"]).pk}


@sample(*(_NODE + part for part in ("", "split/", "join/", "shift/")))
def a_node_of_a_plan_draft(cast: Cast) -> dict[str, Any]:
    return a_plan_draft(cast) | {"node": 1}
