"""Recalculates figures of the register of projects from whole tables, in plain Python.

Nothing of the portal is imported: rows come by `SELECT *`, everything else is worked out here.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from statistics import median
from typing import Any

from django.db import connection

Row = Mapping[str, Any]
Place = tuple[str, date]  # code of a city, first day of a month
STAGES = ("intended", "signed", "landed", "produced", "operating")
XIANGNAN = ("430400", "431000", "431100")
EXPECTED = {
    "signed": "expected_signed_on",
    "landed": "expected_landed_on",
    "produced": "expected_produced_on",
    "operating": "expected_operated_on",
}
REGISTER_BEGINS = date(2013, 1, 1)


def read_table(name: str) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT * FROM "{name}"')
        columns = [column.name for column in cursor.description]
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


def split_names(text: str) -> list[str]:
    return [name.strip() for name in re.split("[、；;，]", text) if name.strip()]


def plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def month_of(day: date) -> date:
    return day.replace(day=1)


def last_day(month: date) -> date:
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


@dataclass(frozen=True)
class FunnelStage:
    """Figures of one stage: how many projects reached, left and stand in it, and how long that takes."""

    reached: int
    conversion: Fraction | None  # in % of those that reached the stage before
    passed: int
    median_days: Fraction | None
    standing: int
    longest_days: int | None


@dataclass(frozen=True)
class RawRegister:
    """The rows of the register as they stand, or as they stood at `moment` by their history."""

    moment: datetime | None = None

    def _rows(self, table: str) -> dict[int, Row]:
        """Return the rows of a table by id."""
        if self.moment is None:
            return {row["id"]: row for row in read_table(table)}
        versions = read_table(f"{table}history")
        return {row["id"]: row for row in versions if not row["is_deletion"] and self._stands(row)}

    def _stands(self, row: Row) -> bool:
        assert self.moment
        return row["valid_from"] <= self.moment and (row["valid_to"] is None or self.moment < row["valid_to"])

    def _is_past(self, moment: datetime | None) -> bool:
        return moment is not None and (self.moment is None or moment <= self.moment)

    @cached_property
    def projects(self) -> dict[int, Row]:
        return self._rows("projects_project")

    @cached_property
    def all_steps(self) -> list[Row]:
        return list(self._rows("projects_stageentry").values())

    @cached_property
    def steps(self) -> list[Row]:
        """Return the valid steps."""
        return [row for row in self.all_steps if row["state"] == "valid"]

    @cached_property
    def rounds(self) -> dict[int, Row]:
        return {row["id"]: row for row in read_table("intake_round")}

    @cached_property
    def returns(self) -> dict[int, Row]:
        return {row["id"]: row for row in read_table("intake_monthlyreturn")}

    @cached_property
    def full_names(self) -> dict[str, str]:
        """Return the full names of the regions by code."""
        return {row["code"]: row["name"] for row in read_table("regions_region")}

    @cached_property
    def cities(self) -> dict[str, str]:
        """Return the short names of the cities by code, in order of code."""
        rows = sorted(read_table("regions_region"), key=lambda row: row["code"])
        return {row["code"]: row["short_name"] for row in rows if row["level"] == "city"}

    def complete_through(self, city: str, month: date) -> date | None:
        """Return the last month of the year up to which a city's returns are accepted without a gap."""
        accepted = {
            row["month"] for row in self.returns.values() if row["region_id"] == city and row["status"] == "accepted"
        }
        found = None
        for number in range(1, month.month + 1):
            if (each := month.replace(month=number)) not in accepted:
                break
            found = each
        return found

    # --- Stages -------------------------------------------------------------------------------------------------------
    def days(self, until: date = date.max) -> dict[int, dict[str, date]]:
        """Return the days on which each project reached its stages by valid steps."""
        found: dict[int, dict[str, date]] = {pk: {} for pk in self.projects}
        for step in self.steps:
            if step["effective_on"] <= until:
                known = found[step["project_id"]].get(step["stage"], date.max)
                found[step["project_id"]][step["stage"]] = min(known, step["effective_on"])
        return found

    def place(self, days: Mapping[str, date]) -> int:
        return max((STAGES.index(stage) for stage in days), default=0)

    # --- What counts --------------------------------------------------------------------------------------------------
    @cached_property
    def counted(self) -> dict[int, Place]:
        """Return the city and day on which each project counts: that of its signing, in years of the register."""
        assert not [row for row in read_table("projects_countingdecision") if self._is_past(row["decided_at"])]
        found = {}
        for pk, days in self.days().items():
            later = [days[stage] for stage in STAGES[1:] if stage in days]  # a later stage proves the signing
            if later and later[0] >= REGISTER_BEGINS:
                found[pk] = (self.projects[pk]["city_id"], later[0])
        return found

    def counts(self) -> Counter[Place]:
        """Return how many projects count, by city and month."""
        return Counter((city, month_of(day)) for city, day in self.counted.values())

    def fortune_counts(self) -> Counter[Place]:
        """Return how many Fortune 500 groups count, by the city and month of the first project of each that counts."""
        rows = self._rows("projects_fortunegroup").values()
        called = {plain(name): row["name"] for row in rows for name in (row["name"], *split_names(row["other_names"]))}
        listed = {(row["year"], row["name"]) for row in rows}
        first: dict[str, tuple[date, str, str]] = {}  # group → day, code of the project, code of the city
        for pk, (city, day) in self.counted.items():
            for name in split_names(self.projects[pk]["investor_groups"]):
                group = called.get(plain(name), name)
                claim = (day, self.projects[pk]["code"], city)
                first[group] = min(first.get(group, claim), claim)
        return Counter((city, month_of(day)) for group, (day, _, city) in first.items() if (day.year, group) in listed)

    # --- Money --------------------------------------------------------------------------------------------------------
    @cached_property
    def paid_in(self) -> dict[Place, tuple[Decimal, Decimal]]:
        """Return the yuan and dollars paid in, by the city and month of the return that says so."""
        found: dict[Place, tuple[Decimal, Decimal]] = {}
        for row in read_table("projects_projectmonth"):
            accepted = self.rounds[row["round_id"]]
            replaced = row["replaced_by_id"] and self._is_past(self.rounds[row["replaced_by_id"]]["decided_at"])
            if self._is_past(accepted["decided_at"]) and not replaced:
                place = (self.returns[accepted["monthly_return_id"]]["region_id"], row["month"])
                cny, usd = found.get(place, (Decimal(0), Decimal(0)))
                found[place] = (cny + row["paid_in_cny"], usd + row["paid_in_usd"])
        return found

    # --- What a report prints of a city -------------------------------------------------------------------------------
    def city_figures(self, city: str, month: date) -> dict[str, Decimal]:
        """Return a city's figures of the register up to the end of a month, by the last word of their codes."""
        end, year = last_day(month), month.replace(month=1)
        days = self.days(end)
        own = [row for row in self.projects.values() if row["city_id"] == city and row["intended_on"] <= end]
        own = [row for row in own if row["verdict"] not in ("merged", "duplicate", "counted_elsewhere")]
        own = [row for row in own if not row["repeats_contract"]]
        standing = [row for row in own if row["status"] not in ("terminated", "finished")]
        places = Counter(self.place(days[row["id"]]) for row in standing)
        counted = [self.counted[row["id"]][1] for row in own if row["id"] in self.counted]
        produced = [days[row["id"]]["produced"] for row in own if "produced" in days[row["id"]]]
        paid = [sums for (place, at), sums in self.paid_in.items() if place == city and year <= at <= month]
        figures = {
            "counted_in_month": sum(month <= day <= end for day in counted),
            "counted_to_date": sum(year <= day <= end for day in counted),
            "active": len(standing),
            **{f"in_{stage}": places[at] for at, stage in enumerate(STAGES)},
            "produced_in_month": sum(month <= day <= end for day in produced),
            "produced_to_date": sum(year <= day <= end for day in produced),
            "delayed": sum(row["status"] == "delayed" for row in own),
            "stalled": sum(row["status"] == "stalled" for row in own),
            "paid_in_cny": sum((cny for cny, _ in paid), Decimal(0)),
            "paid_in_usd": sum((usd for _, usd in paid), Decimal(0)),
        }
        return {name: Decimal(amount) for name, amount in figures.items()}

    # --- The funnel ---------------------------------------------------------------------------------------------------
    def funnel(self, today: date, city: str = "") -> list[FunnelStage]:
        """Return the figures of each stage over all projects, or over those of a city."""
        days = self.days()
        chosen = [row for row in self.projects.values() if city in ("", row["city_id"])]
        reached_on = [{"intended": row["intended_on"], **days[row["id"]]} for row in chosen]
        places = [self.place(each) for each in reached_on]
        active = [row["status"] not in ("terminated", "finished") for row in chosen]
        found: list[FunnelStage] = []
        for at, stage in enumerate(STAGES):
            following = STAGES[at + 1] if at + 1 < len(STAGES) else ""
            passed = [
                (each[following] - each[stage]).days for each in reached_on if stage in each and following in each
            ]
            standing = [
                (today - each[stage]).days
                for each, place, is_active in zip(reached_on, places, active, strict=True)
                if place == at and is_active
            ]
            found.append(
                FunnelStage(
                    reached=(reached := sum(place >= at for place in places)),
                    conversion=Fraction(100 * reached, found[-1].reached) if found and found[-1].reached else None,
                    passed=len(passed),
                    median_days=median(map(Fraction, passed)) if passed else None,
                    standing=len(standing),
                    longest_days=max(standing, default=None),
                )
            )
        return found

    # --- Slippage -----------------------------------------------------------------------------------------------------
    def slippage(self) -> dict[tuple[str, str], tuple[date, int]]:
        """Return the first promise of each project (by code) and stage, and the days from it to the day now known.

        That is the day on which the stage was reached, accepted or not, else the expected one.
        """
        versions: dict[int, list[Row]] = {}
        for row in read_table("projects_projecthistory"):
            if not row["is_deletion"] and (self.moment is None or row["valid_from"] <= self.moment):
                versions.setdefault(row["id"], []).append(row)
        reached = {
            (step["project_id"], step["stage"]): step["effective_on"]
            for step in self.all_steps
            if step["state"] in ("valid", "unaccepted")
        }
        found = {}
        for pk, rows in versions.items():
            rows.sort(key=lambda row: row["version"])
            for stage, column in EXPECTED.items():
                promises = [row[column] for row in rows if row[column]]
                now = reached.get((pk, stage)) or rows[-1][column]
                if promises and now:
                    found[rows[-1]["code"], stage] = (promises[0], (now - promises[0]).days)
        return found
