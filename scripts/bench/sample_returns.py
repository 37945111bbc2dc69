"""Fills in a city's monthly return without errors, then uploads and signs the return."""

from __future__ import annotations

from functools import cache

from hunan_trade.intake import return_sheets
from hunan_trade.intake.actions import filling, sending
from hunan_trade.intake.models import MonthlyReturn, Round, Upload
from scripts.bench import benchmark_data

REASON = "订单稳定，已与报关单核对。"


def sample_exports_and_imports(at: int, shift: int = 0) -> tuple[str, str]:
    """Return invented exports and imports of the `at`-th enterprise, as texts in 万美元 such as 12.50."""
    return f"{1 + (at * 7919 + shift) % 9000 / 100:.2f}", f"{(at * 104729 + shift) % 5000 / 100:.2f}"


@cache
def filled_workbook(city: str) -> bytes:
    """Return the bytes of a city's return workbook, filled in with invented figures that pass all checks."""
    return filled_sheets(city).workbook(version=1, demo=True)


def filled_sheets(city: str) -> return_sheets.ReturnSheets:
    form = return_sheets.blank_sheets(benchmark_data.return_of_city(city).region, benchmark_data.MONTH)
    trade, summary = (form.contexts[code].rows for code in ("processing_trade", "city_summary"))
    typed = {row.key: sample_exports_and_imports(at) for at, row in enumerate(trade)}
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
    return return_sheets.ReturnSheets(form.region, benchmark_data.MONTH, form.contexts, texts)


def upload_for_preview(monthly_return: MonthlyReturn, data: bytes) -> Upload:
    """Upload a return's workbook without confirming it, so that no figures are stored in the return."""
    reporter = benchmark_data.staff_of_city(monthly_return.region_id).reporter
    received = filling.receive_upload(monthly_return.pk, data, "月报.xlsx", by=reporter)
    assert not received.upload.blocking, received.checked.blocking[:3]
    return received.upload


def confirm_upload(upload: Upload) -> None:
    """Confirm an uploaded workbook, so that its figures are stored in the monthly return."""
    filling.confirm_upload(
        upload.pk,
        upload.file_id,
        by=benchmark_data.staff_of_city(upload.monthly_return.region_id).reporter,
    )


def upload_and_confirm(monthly_return: MonthlyReturn, data: bytes) -> None:
    """Upload a city's workbook for a monthly return and confirm the upload, as the city's reporter does."""
    confirm_upload(upload_for_preview(monthly_return, data))


def submit_and_sign_return(monthly_return: MonthlyReturn) -> Round:
    """Submit a monthly return to the city's lead and sign it; return the submission that then awaits review."""
    people = benchmark_data.staff_of_city(monthly_return.region_id)
    sending.submit_to_city_lead(monthly_return.pk, by=people.reporter, seen=_version(monthly_return))
    sending.sign(monthly_return.pk, by=people.lead, seen=_version(monthly_return))
    return monthly_return.rounds.get()


def _version(monthly_return: MonthlyReturn) -> int:
    return MonthlyReturn.objects.values_list("version", flat=True).get(pk=monthly_return.pk)
