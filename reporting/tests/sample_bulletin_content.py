"""Builds a bulletin's content with invented figures of 14 cities, without a database."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from hunan_trade.indicators import computed_values
from hunan_trade.indicators.computed_values import CNY, FIRMS, PEOPLE, PROJECTS, USD, Derivation, FigureKey, Value
from hunan_trade.indicators.registry import Indicator
from hunan_trade.indicators.values_by_city import PanelData
from hunan_trade.periods import Month
from hunan_trade.regions.models import PROVINCE, Region
from reporting import monthly_bulletin_data, shared_report_data
from reporting.figure_ledger import FigureLedger

JUNE = Month(2013, 6)
NAMES = {
    "430100": "长沙", "430200": "株洲", "430300": "湘潭", "430400": "衡阳", "430500": "邵阳", "430600": "岳阳", "430700": "常德",
    "430800": "张家界", "430900": "益阳", "431000": "郴州", "431100": "永州", "431200": "怀化", "431300": "娄底", "433100": "湘西自治州",
}  # fmt: skip
CITIES = tuple(
    Region(
        code=code, name=name if name.endswith("州") and len(name) > 2 else f"{name}市", short_name=name, level="city"
    )
    for code, name in NAMES.items()
)
_SERIES = {
    "processing": ("加工贸易进出口", USD, 1_000_000),
    "processing_export": ("加工贸易出口", USD, 600_000),
    "processing_import": ("加工贸易进口", USD, 400_000),
    "projects": ("承接产业转移项目", PROJECTS, 1),
    "fortune": ("引进世界500强企业", FIRMS, 0),
    "domestic": ("实际到位省外境内资金", CNY, 10_000_000),
    "foreign": ("实际使用外资", USD, 200_000),
    "jobs": ("新增就业", PEOPLE, 10),
}


def panel(name: str, *, month: Month = JUNE, missing: Sequence[str] = (), fallen: Sequence[str] = ()) -> PanelData:
    """Return an indicator's panel with simple invented amounts.

    City n (from 14 down to 1) has n units a month of 2012; the cities in `fallen` have half.
    """
    title, unit, scale = _SERIES[name]
    indicator = Indicator(monthly_bulletin_data.SERIES[name], title, unit, "")
    cells, number = {}, 0
    for at, city in enumerate(CITIES):
        for year in (2012, 2013):
            for when in (Month(year, n) for n in range(1, 13)):
                if when > month or (when == month and city.code in missing):
                    continue
                number += 1
                share = Decimal(1) if year == 2012 else Decimal("0.5") if city.code in fallen else Decimal("1.25")
                key = FigureKey(indicator.code, when, city.code)
                amount = Decimal(14 - at) * scale * share
                cells[city.code, when] = Value(key, key.text, amount, unit, Derivation.OBSERVED, observation=number)
    return PanelData(indicator, month, CITIES, cells)


def content(
    *, month: Month = JUNE, missing: Sequence[str] = (), fallen: Sequence[str] = (), goals: bool = True
) -> dict[str, Any]:
    """Return a bulletin's content with invented figures, without the cities in `missing`."""
    ledger = FigureLedger()
    panels = {name: panel(name, month=month, missing=missing, fallen=fallen) for name in _SERIES}
    trade = panels["processing"]

    def goal(name: str, title: str, amount: int, stretch: int | None = None) -> dict[str, str] | None:
        target = computed_values.value_from_plan(
            FigureKey("target", 2013, name), f"{title}年度目标", Decimal(amount), panels[name].indicator.unit
        )
        standing: Any = SimpleNamespace(goal=target, stretch=None if stretch is None else Decimal(stretch), title=title)
        return shared_report_data.add_goal_figures(
            standing if goals else None, month, panels[name].cumulative(PROVINCE), ledger
        )

    groups: dict[str, list[str]] = {
        name: [] for name in ("expected", "on_time", "late", "missing", "given_back", "accepted")
    }
    for city in CITIES:
        groups["expected"].append(city.code)
        groups["missing" if city.code in missing else "on_time"].append(city.code)
        if city.code not in missing:
            groups["accepted"].append(city.code)
    full = {city.code: city.name for city in CITIES}
    none = Value(FigureKey("enterprises.above", month), "过亿美元企业", Decimal(0), FIRMS, Derivation.COUNT)
    facts = {
        "cities": [
            {"code": city.code, "short": city.short_name, "name": city.name, "xiangnan": city.in_xiangnan}
            for city in CITIES
        ],
        "excluded": [{"region": code, "short": NAMES[code], "state": "未报送"} for code in missing],
        "series": {name: shared_report_data.add_indicator_figures(each, ledger) for name, each in panels.items()},
        "goals": {
            "processing": goal("processing", "加工贸易进出口", 1_000_000_000),
            "projects": goal("projects", "承接项目", 3000),
            "fortune": goal("fortune", "世界500强", 2, 3),
        },
        "share": monthly_bulletin_data._add_trade_share(trade, panels["domestic"], ledger),
        "above": {"100m": ledger.add(none), "1500m": ledger.add(none)},
        "leading": {
            name: monthly_bulletin_data._leading_falling_and_zero_cities(panels[name], ledger)
            for name in ("processing", "projects", "domestic")
        },
        "firms": [],
        "returns": {
            "month": str(month),
            "locks_at": None,
            **{
                name: {
                    "count": ledger.add_return_count(
                        FigureKey("returns", month, steps=(name,)), name, [f"{code}/{month}" for code in codes]
                    ),
                    "names": [full[code] for code in codes],
                }
                for name, codes in groups.items()
            },
        },
        "corrections": {"corrected": [], "supplemented": [], "anew": None},
        "path": ledger.add(computed_values.elapsed_percent_of_year(month)),
        "sources": ["return"],
    }
    return {
        "schema": shared_report_data.SCHEMA,
        "kind": "monthly-bulletin",
        "period": str(month),
        "as_of": "2013-07-08T09:41:00+08:00",
        "demo": True,
        "indicators": [],
        "words": {},
        "facts": facts,
        "figures": ledger.entries,
        "rounds": [],
    }
