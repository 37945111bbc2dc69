"""The data of charts and of the city map, which the script charts.js draws. Pure.

Each comes with a sentence and a table of its values.

Every figure is spelled here, on the server; the browser only places it. In the JSON a point is
{"v": exact number as text, "t": as printed} or null for no data.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from hunan_trade import quantities
from hunan_trade.ui.component_data import LIGHTS, LightKind

Role = Literal["now", "unaccepted", "suspect", "last", "path", "need", "projection", "low", "high"]
Height = Literal["", "low", "mid", "tall"]
Point = dict[str, str] | None


@dataclass(frozen=True)
class ChartTable:
    """A chart's values as a table, shown when the user chooses the table view."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Series:
    """One line or set of bars of a chart: a name and, for each label of the x-axis, a value or None.

    `role` decides the drawing: now solid, last grey, path and need dashed, projection dotted with low–high as its band,
    unaccepted hollow, suspect red.
    """

    name: str
    role: Role
    values: tuple[Decimal | None, ...]


@dataclass(frozen=True)
class Chart:
    """A line, step or bar chart of one or more series of values with common x-axis labels.

    Kinds `lines` and `steps` draw lines; `bars` draws now, unaccepted and suspect as bars, the rest as lines.

    `key` is unique on the page. `finding` is the one sentence read out in place of the drawing.
    """

    key: str
    kind: Literal["lines", "bars", "steps"]
    finding: str
    unit: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    places: int = 2
    height: Height = ""
    caption: str = ""
    figures: bool = True

    def __post_init__(self) -> None:
        if wrong := [line.name for line in self.series if len(line.values) != len(self.labels)]:
            raise ValueError(f"{'、'.join(wrong)}: a series has one value per label")

    def _format_point(self, value: Decimal | None) -> Point:
        """Return a value for the chart's JSON, such as {"v": "1234.5", "t": "1,234.50"}; None if it is missing.

        {"v": exact number, "t": formatted text}, or None for a missing value.
        """
        return None if value is None else {"v": f"{value:f}", "t": quantities.format_with_commas(value, self.places)}

    @property
    def data_id(self) -> str:
        """Return the id of the HTML element that holds the chart's JSON."""
        return f"{self.key}-data"

    @property
    def payload(self) -> dict[str, object]:
        """Return the chart's data as a dict, which the script charts.js gets as JSON."""
        return {
            "kind": self.kind,
            "unit": self.unit,
            "labels": self.labels,
            "figures": self.figures,
            "series": [
                {"name": line.name, "role": line.role, "points": [self._format_point(value) for value in line.values]}
                for line in self.series
            ],
        }

    @property
    def table(self) -> ChartTable:
        """Return the chart's values as a table with one row for each series."""
        return ChartTable(
            (self.unit, *self.labels),
            tuple((s.name, *(quantities.format_with_commas(v, self.places) for v in s.values)) for s in self.series),
        )


@dataclass(frozen=True)
class Area:
    """A city on the map of the province, with a value and a traffic light for its progress.

    `code` is its GB/T 2260 code; `light` is "" where there is no verdict.
    """

    code: str
    name: str
    value: Decimal | None
    light: LightKind | Literal[""] = "off"
    url: str = ""


@dataclass(frozen=True)
class CityMap:
    """Map of the province's fourteen cities, coloured by the cities' values in up to five shades.

    `bounds` rise and separate the steps.
    """

    key: str
    finding: str
    unit: str
    bounds: tuple[Decimal, ...]
    areas: tuple[Area, ...]
    places: int = 1
    height: Height = "tall"
    caption: str = ""

    kind = "map"

    def __post_init__(self) -> None:
        if len(self.bounds) > 4 or list(self.bounds) != sorted(set(self.bounds)):
            raise ValueError("a map has at most four bounds, rising")

    @property
    def data_id(self) -> str:
        """Return the id of the HTML element that holds the map's JSON."""
        return f"{self.key}-data"

    @property
    def payload(self) -> dict[str, object]:
        """Return the map's data as a dict, which the script charts.js gets as JSON."""
        return {
            "kind": self.kind,
            "unit": self.unit,
            "bounds": [f"{bound:f}" for bound in self.bounds],
            "areas": [
                {
                    "code": area.code,
                    "name": area.name,
                    "v": None if area.value is None else f"{area.value:f}",
                    "t": quantities.format_with_commas(area.value, self.places),
                    "light": area.light,
                    "url": area.url,
                }
                for area in self.areas
            ],
        }

    @property
    def table(self) -> ChartTable:
        """Return the map's values as a table with one row for each city."""
        judged = any(area.light for area in self.areas)
        return ChartTable(
            ("市州", self.unit, *(("进度",) if judged else ())),
            tuple(
                (
                    a.name,
                    quantities.format_with_commas(a.value, self.places),
                    *((LIGHTS.get(a.light, ""),) if judged else ()),
                )
                for a in self.areas
            ),
        )
