"""Test factories that create enterprises and monthly returns by calling the portal's own actions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import count

from enterprises import actions
from enterprises.models import Enterprise, Mode
from hunan_trade.accounts.models import User
from hunan_trade.audit.actions import System
from hunan_trade.intake import datasets
from hunan_trade.intake.actions import deciding, filling, opening, sending
from hunan_trade.intake.models import MonthlyReturn, Round
from hunan_trade.periods import Month

_numbers = count(1)


def enterprise(by: User, *, name: str = "", modes: tuple[str, ...] = (Mode.PURCHASED,)) -> Enterprise:
    """Register an enterprise of the user's city."""
    number = next(_numbers)
    assert by.region_id
    return actions.register_enterprise(
        customs_code=f"{by.region_id[:4]}96{number:04}",
        name=name or f"演示企业{number}号",
        region=by.region_id,
        modes=modes,
        by=by,
    )


def opened(region: str, month: Month) -> MonthlyReturn:
    opening.open_month(month, by=System("测试"))
    return MonthlyReturn.objects.of_month(month).get(region=region)


def filled(monthly_return: MonthlyReturn, by: User, figures: Mapping[str, tuple[str, str]], **items: str) -> None:
    """Fill in a return with the given trade by customs code and a matching city summary.

    `items` are rows of the summary by code, as i06="3".
    """
    trade, summary = datasets.get("processing_trade"), datasets.get("city_summary")
    rows = trade.load(monthly_return.region_id, monthly_return.period, None).rows
    edits = [
        filling.RowEdit(row.key, {"export": figures[code][0], "import": figures[code][1]})
        for row in rows
        if (code := row.key.split("/")[0]) in figures
    ]
    filling.save_rows(monthly_return.pk, trade, edits, by=by)
    exports = sum((Decimal(figure[0]) for figure in figures.values()), Decimal(0))
    imports = sum((Decimal(figure[1]) for figure in figures.values()), Decimal(0))
    typed = {"01": exports + imports, "02": exports, "03": imports, "04": exports, "05": imports}
    texts = {f"{number:02}": "0" for number in range(1, 13)} | {code: f"{value:f}" for code, value in typed.items()}
    texts |= {code.removeprefix("i"): value for code, value in items.items()}
    filling.save_rows(
        monthly_return.pk, summary, [filling.RowEdit(code, {"month": text}) for code, text in texts.items()], by=by
    )


def fill_projects_with_zeros(monthly_return: MonthlyReturn, by: User) -> None:
    """Fill in that no project of the city got money in the month."""
    dataset = datasets.get("project_progress")
    rows = dataset.load(monthly_return.region_id, monthly_return.period, None).rows
    zeros = {"paid_in_cny": "0", "paid_in_usd": "0"}
    if edits := [filling.RowEdit(row.key, zeros) for row in rows if not row.locked_columns]:
        filling.save_rows(monthly_return.pk, dataset, edits, by=by)


def current_version(monthly_return: MonthlyReturn) -> int:
    """Return the current version number of a monthly return."""
    return MonthlyReturn.objects.values_list("version", flat=True).get(pk=monthly_return.pk)


def pending_round(monthly_return: MonthlyReturn) -> Round:
    """Return the submission (round) of a return that waits for the province's decision."""
    return Round.objects.get(monthly_return=monthly_return, decision="")


def declare_nil(monthly_return: MonthlyReturn, reason: str, by: User) -> None:
    filling.declare_nil(monthly_return.pk, reason, by=by, seen=current_version(monthly_return))


def handed_up(monthly_return: MonthlyReturn, by: User) -> None:
    sending.submit_to_city_lead(monthly_return.pk, by=by, seen=current_version(monthly_return))


def signed(monthly_return: MonthlyReturn, by: User) -> Round:
    return sending.sign(monthly_return.pk, by=by, seen=current_version(monthly_return))


def handed_up_and_signed(monthly_return: MonthlyReturn, reporter: User, lead: User) -> Round:
    handed_up(monthly_return, reporter)
    return signed(monthly_return, lead)


def accepted(monthly_return: MonthlyReturn, reporter: User, lead: User, officer: User) -> Round:
    return deciding.accept(
        monthly_return.pk, by=officer, seen=handed_up_and_signed(monthly_return, reporter, lead).digest
    )


def given_back(
    monthly_return: MonthlyReturn, reason: str, by: User, cells: Sequence[deciding.RemarkedCell] = ()
) -> Round:
    return deciding.give_back(monthly_return.pk, reason, by=by, seen=pending_round(monthly_return).digest, cells=cells)
