"""What people type: small pure functions of a record, a month and a seed, in hundredths of 万美元."""

from __future__ import annotations

import hashlib
from decimal import Decimal

REASON = "订单稳定，已与报关单核对。"


def drawn(*of: object) -> int:
    """A number that depends on nothing but what it is drawn of."""
    return int.from_bytes(hashlib.sha256(" ".join(map(str, of)).encode()).digest()[:6])


def month_of(record: str, month: str, seed: object) -> tuple[int, int]:
    """Exports and imports of a record, within a few percent of what it trades every month."""
    exports, imports = 1_000 + drawn(record) % 19_000, 500 + drawn(record, "in") % 9_000
    return (
        exports * (960 + drawn(seed, record, month) % 81) // 1000,
        imports * (960 + drawn(seed, record, month, "in") % 81) // 1000,
    )


def text(hundredths: int) -> str:
    return f"{Decimal(hundredths) / 100:.2f}"


def summary(exports: int, imports: int) -> dict[str, str]:
    """The city summary that agrees with these totals, by item; an item that is not here is 0."""
    return {
        "01": text(exports + imports),
        "02": text(exports),
        "03": text(imports),
        "04": text(exports),
        "05": text(imports),
        "06": "3",
        "08": "900",
    }
