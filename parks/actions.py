"""Creates and changes parks, from the shipped file or on behalf of a user."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from django.db import transaction

from hunan_trade.accounts.roles import Permission
from hunan_trade.audit.actions import Actor
from hunan_trade.audit.actions_state_changes import Mover
from hunan_trade.lists import record_writing
from hunan_trade.lists.history.act_recording import initial_data_was_loaded
from hunan_trade.lists.models import Act
from hunan_trade.lists.record_change_preparation import Outcome, RecordChange
from hunan_trade.workflow import MoveRefused
from parks.models import Park

PARKS_2013 = Path(__file__).parent / "data" / "parks_2013.csv"


@transaction.atomic
def load_parks(*, by: Actor) -> int:
    """Create the parks listed in parks_2013.csv unless this was done before, and return how many were created."""
    if initial_data_was_loaded("parks"):
        return 0
    with PARKS_2013.open(encoding="utf-8", newline="") as source:
        parks = [RecordChange(_park_values(row)) for row in csv.DictReader(source)]
    outcomes = record_writing.write_changes(Park.objects.all(), parks, listing="parks", by=by, kind=Act.Kind.LOADED)
    if refused := [outcome.errors for outcome in outcomes if outcome.refused]:
        raise ValueError(f"{PARKS_2013.name}: {refused}")
    return len(outcomes)


def save_parks(
    *, changes: Sequence[RecordChange], by: Mover, kind: Act.Kind, reason: str = "", reference: str = ""
) -> list[Outcome]:
    """Save new and changed parks from a form, a bulk edit, an import or the API."""
    if not by.may(Permission.MAINTAIN_REGISTERS):
        raise MoveRefused("没有维护园区名录的权限")
    return record_writing.write_changes(
        Park.objects.all(), changes, listing="parks", by=by, kind=kind, reason=reason, reference=reference
    )


def _park_values(row: dict[str, str]) -> dict[str, object]:
    return {
        "name": row["name"],
        "city": row["city_code"],
        "kind": row["kind"],
        "level": row["level"],
        "approved": row["approved"],
        "as_of_2013": row["as_of_2013"] == "yes",
        "certainty": row["certainty"],
        "source": row["source"],
        "note": row["note"],
    }
