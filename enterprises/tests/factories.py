"""Enterprises and filled returns for tests: plain functions, through the actions that people use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import count

from enterprises import actions
from enterprises.models import Enterprise, Mode
from hunan_trade.accounts.models import User
from hunan_trade.audit.actions import System
from hunan_trade.intake import datasets
from hunan_trade.intake.actions import calendar, deciding, filling, sending
from hunan_trade.intake.models import Return, Round
from hunan_trade.periods import Month

_numbers = count(1)


def enterprise(by: User, *, name: str = "", modes: tuple[str, ...] = (Mode.PURCHASED,)) -> Enterprise:
    """A registered enterprise of the user's city."""
    number = next(_numbers)
    return actions.register(
        customs_code=f"{by.region_id[:4]}96{number:04}",
        name=name or f"演示企业{number}号",
        region=by.region_id,
        modes=modes,
        by=by,
    )


def opened(region: str, month: Month) -> Return:
    calendar.open_month(month, by=System("测试"))
    return Return.objects.of_month(month).get(region=region)


def filled(return_: Return, by: User, figures: Mapping[str, tuple[str, str]], **items: str) -> None:
    """Type exports and imports by customs code (one mode each), and a summary that agrees; `items` by item code i06="3"."""
    trade, summary = datasets.get("processing_trade"), datasets.get("city_summary")
    rows = trade.load(return_.region_id, return_.period).rows
    edits = [
        filling.Edit(row.key, {"export": figures[code][0], "import": figures[code][1]})
        for row in rows
        if (code := row.key.split("/")[0]) in figures
    ]
    filling.save_rows(return_.pk, trade, edits, by=by)
    exports = sum((Decimal(figure[0]) for figure in figures.values()), Decimal(0))
    imports = sum((Decimal(figure[1]) for figure in figures.values()), Decimal(0))
    typed = {"01": exports + imports, "02": exports, "03": imports, "04": exports, "05": imports}
    texts = {f"{number:02}": "0" for number in range(1, 13)} | {code: f"{value:f}" for code, value in typed.items()}
    texts |= {code.removeprefix("i"): value for code, value in items.items()}
    filling.save_rows(return_.pk, summary, [filling.Edit(code, {"month": text}) for code, text in texts.items()], by=by)


def standing(return_: Return) -> int:
    """The version of the return that stands: for moves of whoever has just looked."""
    return Return.objects.values_list("version", flat=True).get(pk=return_.pk)


def waiting(return_: Return) -> Round:
    """Its round that waits for a decision."""
    return Round.objects.get(return_ref=return_, decision="")


def nil(return_: Return, reason: str, by: User) -> None:
    filling.declare_nil(return_.pk, reason, by=by, version=standing(return_))


def handed_up(return_: Return, by: User) -> None:
    sending.hand_up(return_.pk, by=by, version=standing(return_))


def signed(return_: Return, by: User) -> Round:
    return sending.sign(return_.pk, by=by, version=standing(return_))


def sent(return_: Return, reporter: User, lead: User) -> Round:
    handed_up(return_, reporter)
    return signed(return_, lead)


def accepted(return_: Return, reporter: User, lead: User, officer: User) -> Round:
    return deciding.accept(return_.pk, by=officer, shown=sent(return_, reporter, lead).digest)


def given_back(return_: Return, reason: str, by: User, cells: Sequence[deciding.Pointed] = ()) -> Round:
    return deciding.give_back(return_.pk, reason, by=by, shown=waiting(return_).digest, cells=cells)
