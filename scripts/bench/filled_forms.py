"""A city's form filled in rightly, and what people then do with it."""

from __future__ import annotations

from functools import cache

from hunan_trade.intake import datasets, return_sheets
from hunan_trade.intake.actions import filling, sending
from hunan_trade.intake.models import MonthlyReturn, Round, Upload
from scripts.bench import rows

REASON = "订单稳定，已与报关单核对。"


def figures(at: int, shift: int = 0) -> tuple[str, str]:
    """Exports and imports in 万美元 of the enterprise at this place; with another `shift` all figures differ."""
    return f"{1 + (at * 7919 + shift) % 9000 / 100:.2f}", f"{(at * 104729 + shift) % 5000 / 100:.2f}"


@cache
def workbook(city: str) -> bytes:
    """What the city uploads: the portal's own form with every row filled and a summary that agrees."""
    return filled(city).workbook(version=1, demo=True)


def filled(city: str) -> return_sheets.ReturnSheets:
    form = return_sheets.blank_sheets(rows.return_of(city).region, rows.MONTH)
    trade, summary = (form.contexts[dataset.code].rows for dataset in datasets.declared())
    typed = {row.key: figures(at) for at, row in enumerate(trade)}
    exports, imports = (sum(round(float(pair[at]) * 100) for pair in typed.values()) / 100 for at in (0, 1))
    totals = {"01": exports + imports, "02": exports, "03": imports, "04": exports, "05": imports, "06": 3, "08": 900}
    texts = {
        "processing_trade": {
            key: {"export": exported, "import": imported, "reason": REASON}
            for key, (exported, imported) in typed.items()
        },
        "city_summary": {
            row.key: {"month": f"{totals.get(row.key, 0):.2f}".removesuffix(".00"), "reason": REASON} for row in summary
        },
    }
    return return_sheets.ReturnSheets(form.region, rows.MONTH, form.contexts, texts)


def preview(monthly_return: MonthlyReturn, data: bytes) -> Upload:
    """Upload the workbook and look at its preview, which stores none of its figures."""
    reporter = rows.staff(monthly_return.region_id).reporter
    received = filling.receive_upload(monthly_return.pk, data, "月报.xlsx", by=reporter)
    assert not received.upload.blocking, received.checked.blocking[:3]
    return received.upload


def confirm(upload: Upload) -> None:
    """Take the previewed workbook over: it is read, merged and checked again, and stored."""
    filling.confirm_upload(upload.pk, upload.file_id, by=rows.staff(upload.monthly_return.region_id).reporter)


def upload(monthly_return: MonthlyReturn, data: bytes) -> None:
    """Do what the reporter does: upload, look at the preview, confirm."""
    confirm(preview(monthly_return, data))


def send(monthly_return: MonthlyReturn) -> Round:
    """Hand up and sign; returns the round that waits for its review."""
    people = rows.staff(monthly_return.region_id)
    sending.hand_up(monthly_return.pk, by=people.reporter, seen=_version(monthly_return))
    sending.sign(monthly_return.pk, by=people.lead, seen=_version(monthly_return))
    return monthly_return.rounds.get()


def _version(monthly_return: MonthlyReturn) -> int:
    return MonthlyReturn.objects.values_list("version", flat=True).get(pk=monthly_return.pk)
