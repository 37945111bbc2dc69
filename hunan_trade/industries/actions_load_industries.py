"""Loads the table of industries that is shipped with the portal."""

from __future__ import annotations

import csv
from pathlib import Path

from hunan_trade.industries.models import Industry

CLASSIFICATION_2011 = Path(__file__).parent / "data" / "industries_gbt4754_2011.csv"


def load_industries() -> None:
    """Fill the industry table, if it is empty, with the sections, divisions and groups of GB/T 4754-2011."""
    if Industry.objects.exists():
        return
    with CLASSIFICATION_2011.open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))
    Industry.objects.bulk_create(
        Industry(code=row["code"], level=row["level"], name=row["name"], parent_id=row["parent"] or None)
        for row in rows
    )
