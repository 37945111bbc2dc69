"""Pure rules that find contradictory fields of a project and return Chinese error messages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import pairwise

from projects.choices import KINDS_OF_CLASS, ProjectClass

EXPECTED_DATES = {
    "expected_signed_on": "预计签约",
    "expected_landed_on": "预计落地",
    "expected_produced_on": "预计投产",
    "expected_operated_on": "预计营运",
}


def place_errors(city: str, *, area: str | None, park_city: str | None) -> dict[str, str]:
    """Return Chinese error messages, by field, for a county or park outside the project's city.

    `area` is the code of the county, `park_city` the code of the park's city; None for none.
    """
    faults = {}
    if area and area[:4] != city[:4]:
        faults["area"] = "不在所选市州。选该市州的县市区，或不填。"
    if park_city and park_city != city:
        faults["park"] = "不在所选市州。选该市州的园区，或不填。"
    return faults


def kind_errors(project_class: str, kind: str) -> dict[str, str]:
    """Return {"kind": a Chinese error} if `kind` is not a subtype (细类) of `project_class`, else an empty dict."""
    chosen = ProjectClass(project_class)
    offered = KINDS_OF_CLASS[chosen]
    if kind in offered or not (kind or offered):
        return {}
    if not offered:
        return {"kind": "产业项目不填细类。"}
    return {"kind": f"{chosen.label}项目选一种：{'、'.join(str(each.label) for each in offered)}。"}


def date_order_errors(
    intended_on: date, expected: Mapping[str, date | None], today: date, *, first_step: date | None = None
) -> dict[str, str]:
    """Return Chinese error messages, by field, for the dates of a project that are out of order.

    `expected` holds the expected dates by field, in the order of the stages. `first_step` is the day of the first stage
    after 意向, None where there is none yet.
    """
    faults = {}
    if intended_on > today:
        faults["intended_on"] = "在今天以后。填初次表明意向的日子。"
    elif first_step and intended_on > first_step:
        faults["intended_on"] = f"晚于已登记的阶段日期 {first_step}。核对日期；阶段登记错了的，先由省厅作废。"
    given = [(name, day) for name, day in expected.items() if day is not None]
    for (_, before), (name, day) in pairwise([("intended_on", intended_on), *given]):
        if day < before:
            faults[name] = "早于前一阶段的日期。按意向、签约、落地、投产、营运的先后填。"
    return faults
