"""Generates reproducible figures for simulated users to enter."""

from __future__ import annotations

import hashlib
from decimal import Decimal

REASON = "订单稳定，已与报关单核对。"


def number_from_hash(*parts: object) -> int:
    """Return a pseudo-random whole number that is always the same for the same arguments."""
    return int.from_bytes(hashlib.sha256(" ".join(map(str, parts)).encode()).digest()[:6])


def exports_and_imports(record: str, month: str, seed: object) -> tuple[int, int]:
    """Return an enterprise's invented exports and imports in a month, in hundredths of 万美元.

    They are a few percent around the enterprise's usual amounts.
    """
    exports, imports = 1_000 + number_from_hash(record) % 19_000, 500 + number_from_hash(record, "in") % 9_000
    return (
        exports * (960 + number_from_hash(seed, record, month) % 81) // 1000,
        imports * (960 + number_from_hash(seed, record, month, "in") % 81) // 1000,
    )


def format_hundredths(hundredths: int) -> str:
    return f"{Decimal(hundredths) / 100:.2f}"


def summary_texts(exports: int, imports: int) -> dict[str, str]:
    """Return the cell texts of a city's summary sheet by item number, from total exports and imports.

    The keys are item numbers; an item without a text counts as 0.
    """
    return {
        "01": format_hundredths(exports + imports),
        "02": format_hundredths(exports),
        "03": format_hundredths(imports),
        "04": format_hundredths(exports),
        "05": format_hundredths(imports),
        "06": "3",
        "08": "900",
    }
