"""Gathers the content that all kinds of report share, such as figures by city."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from enterprises.intake_processing_trade_sheet import PROCESSING_TRADE
from enterprises.models import Enterprise, ProcessingTrade
from hunan_trade import clock
from hunan_trade.indicators import computed_values
from hunan_trade.indicators.computed_values import Derivation, FigureKey, Value
from hunan_trade.indicators.models import Observation
from hunan_trade.indicators.values_by_city import PanelData
from hunan_trade.intake.models import MonthlyReturn, Posting, Round, Status
from hunan_trade.periods import Month
from hunan_trade.regions.models import PROVINCE, XIANGNAN, Region
from reporting.figure_ledger import MONTHS, Entry, FigureLedger
from targets.target_status import TargetStatus

SCHEMA = 1
Content = dict[str, Any]


def start_content(kind: str, month: Month, indicators: Sequence[str]) -> Content:
    """Return the initial content of a new report: kind, period, time and accepted submissions, but no figures.

    `as_of` is business time. `accepted` is read before any figure, so that an acceptance during the gathering counts as
    a later one and is not missed.
    """
    return {
        "schema": SCHEMA,
        "kind": kind,
        "period": str(month),
        "as_of": clock.now().isoformat(timespec="seconds"),
        "accepted": sorted(accepted_rounds_until(month).order_by().values_list("pk", flat=True)),
        "demo": settings.DEMO,
        "indicators": list(indicators),
        "words": {},
    }


def accepted_rounds_until(month: Month) -> QuerySet[Round]:
    """Return the accepted submissions (rounds) of monthly returns from January of last year to `month`.

    A report of the month may be based on these and no others.
    """
    first = Month(month.year - 1, 1).first
    return Round.objects.filter(
        decision=Round.Decision.ACCEPTED, monthly_return__month__gte=first, monthly_return__month__lte=month.first
    )


def cities_as_dicts(cities: Sequence[Region]) -> list[dict[str, Any]]:
    """Return cities as dicts for the report's JSON content, in the given order."""
    return [
        {"code": city.code, "short": city.short_name, "name": city.name, "xiangnan": city.in_xiangnan}
        for city in cities
    ]


def add_indicators_with_origins(panels: Mapping[str, PanelData], ledger: FigureLedger) -> dict[str, Any]:
    """Add several indicators' figures with source and workbook cells to the report; return their figure codes."""
    return _add_with_origins(panels, add_indicator_figures, ledger)


def add_province_totals_with_origins(panel: PanelData, ledger: FigureLedger) -> None:
    """Add the province's sums of this and of last year, with source and workbook cells, to the report."""
    _add_with_origins({"totals": panel}, _add_province_totals, ledger)


def _add_province_totals(panel: PanelData, ledger: FigureLedger) -> None:
    for last_year in (False, True):
        ledger.add(panel.cumulative(PROVINCE, last_year))


def _add_with_origins(
    panels: Mapping[str, PanelData], add_figures: Callable[[PanelData, FigureLedger], Any], ledger: FigureLedger
) -> dict[str, Any]:
    """Add what `add_figures` adds for each panel, with its origins; return by name what it returns.

    Both are done once for as long as a panel is cached, because neither observations nor their postings ever change.
    """
    cache_key = f"reporting.{add_figures.__name__}"
    fresh = [panel for panel in panels.values() if cache_key not in panel.derived_results_cache]
    pages = [FigureLedger() for _ in fresh]
    written = [add_figures(panel, page) for panel, page in zip(fresh, pages, strict=True)]
    attach_origins(*pages)
    for panel, facts, page in zip(fresh, written, pages, strict=True):
        panel.derived_results_cache[cache_key] = (facts, page)
    for panel in panels.values():
        ledger.merge(panel.derived_results_cache[cache_key][1])
    return {name: panel.derived_results_cache[cache_key][0] for name, panel in panels.items()}


def add_indicator_figures(panel: PanelData, ledger: FigureLedger) -> dict[str, Any]:
    """Add an indicator's figures to the report; return their codes for the province, 湘南 and each city.

    The places are the province, the three 湘南 cities together, and each city with its ranks.
    """
    add = ledger.add
    together, together_yoy, together_share = panel.city_group_sum_growth_share("湘南三市", "xiangnan", XIANGNAN)
    return {
        "title": panel.indicator.title,
        "province": {
            "month": add(panel.month_value(PROVINCE)),
            "month_yoy": add(panel.year_on_year(PROVINCE, cumulative=False)),
            "month_mom": add(panel.month_on_month(PROVINCE)),
            "ytd": add(panel.cumulative(PROVINCE)),
            "yoy": add(panel.year_on_year(PROVINCE)),
            "share": add(panel.share(PROVINCE)),
        },
        "xiangnan": {"ytd": add(together), "yoy": add(together_yoy), "share": add(together_share)},
        "cities": {city.code: _add_city_figures(panel, city.code, ledger) for city in panel.cities},
    }


def _add_city_figures(panel: PanelData, region: str, ledger: FigureLedger) -> dict[str, Any]:
    through = panel.complete_through(region)
    return {
        "through": str(through) if through else None,
        "month": ledger.add(panel.month_value(region)),
        "month_yoy": ledger.add(panel.year_on_year(region, cumulative=False)),
        "ytd": ledger.add(panel.cumulative(region)),
        "yoy": ledger.add(panel.year_on_year(region)),
        "share": ledger.add(panel.share(region)),
        "rank": ledger.add(panel.rank(region)),
        "growth_rank": ledger.add(panel.growth_rank(region)),
    }


def excluded_cities(panel: PanelData) -> list[dict[str, str]]:
    """Return the cities left out of the provincial figures, each with its return's status, such as 未报送."""
    if not panel.cities_with_missing_months:
        return []
    statuses = dict(MonthlyReturn.objects.of_month(panel.month).values_list("region_id", "status"))
    return [
        {
            "region": city.code,
            "short": city.short_name,
            "state": _return_status_text(statuses.get(city.code), panel, city.code),
        }
        for city in panel.cities_with_missing_months
    ]


def _return_status_text(status: str | None, panel: PanelData, region: str) -> str:
    if status == Status.ACCEPTED:
        last = panel.complete_through(region)
        return f"{(last.next if last else panel.month.months_to_date[0]).month}月数未核定"
    return {Status.SENT.value: "已报送、待审核", Status.GIVEN_BACK.value: "退回修改中"}.get(status or "", "未报送")


def count_enterprises_in_included_cities(firms: Value, panel: PanelData) -> Value:
    """Return how many enterprises of `firms` are in cities with every monthly return since January accepted.

    The note of the value names the excluded cities.
    """
    enterprises = Enterprise.objects.filter(
        pk__in=[firm.key.subject for firm in firms.inputs], region__in=panel.cities_with_all_months
    )
    included = {str(pk) for pk in enterprises.values_list("pk", flat=True)}
    inputs = tuple(firm for firm in firms.inputs if firm.key.subject in included)
    key = firms.key.with_steps("counted")
    return Value(
        key, firms.label, Decimal(len(inputs)), firms.unit, Derivation.COUNT, inputs, note=panel.exclusion_note
    )


def add_return_status_counts(cities: Sequence[Region], month: Month, ledger: FigureLedger) -> dict[str, Any]:
    """Add to the report how many of the cities filed their monthly return on time, late or not at all; return the codes.

    Counted in the state of this moment; each count knows the returns it rests on.
    """
    filed = {
        monthly_return.region_id: monthly_return for monthly_return in MonthlyReturn.objects.of_month(month).order_by()
    }
    given_back = Counter(
        Round.objects.filter(monthly_return__month=month.first, decision=Round.Decision.GIVEN_BACK)
        .order_by()
        .values_list("monthly_return__region_id", flat=True)
    )
    groups: dict[str, list[Region]] = {
        "expected": [],
        "on_time": [],
        "late": [],
        "missing": [],
        "given_back": [],
        "accepted": [],
    }
    for city in cities:
        monthly_return = filed.get(city.code)
        on_time = monthly_return.is_on_time() if monthly_return else None
        groups["expected"].append(city)
        groups["missing" if on_time is None else "on_time" if on_time else "late"].append(city)
        if given_back[city.code]:
            groups["given_back"].append(city)
        if monthly_return and monthly_return.status == Status.ACCEPTED:
            groups["accepted"].append(city)
    words = {
        "expected": "应报",
        "on_time": "按时报送",
        "late": "迟报",
        "missing": "未报送",
        "given_back": "退回修改",
        "accepted": "已核定",
    }
    locks = {monthly_return.locks_at for monthly_return in filed.values()}
    return {
        "month": str(month),
        "locks_at": max(locks).isoformat() if locks else None,
        **{
            name: {
                "count": ledger.add_return_count(
                    FigureKey("returns", month, steps=(name,)),
                    f"{month.label}月报{words[name]}市州",
                    [f"{city.code}/{month}" for city in found],
                ),
                "names": [_city_name_in_reports(city) for city in found],
            }
            for name, found in groups.items()
        },
    }


def _city_name_in_reports(city: Region) -> str:
    """Return a city's name for reports, such as 常德市 or 湘西自治州."""
    return city.name if city.name.endswith("市") else city.short_name


def add_goal_figures(
    status: TargetStatus | None, month: Month, actual: Value, ledger: FigureLedger
) -> dict[str, str] | None:
    """Add to the report a yearly goal, its completion and its gap to the schedule; return the figure codes.

    Returns None for a target without a goal.
    Also adds the expected path and what the remaining months need.
    """
    if status is None or status.goal is None:
        return None
    target = status.goal
    key = target.key.with_period(month)
    done = computed_values.ratio(key.with_steps("completion"), f"{actual.label}完成年度目标", actual, target)
    path = computed_values.elapsed_percent_of_year(month)
    facts = {
        "goal": ledger.add(target),
        "completion": ledger.add(done),
        "path": ledger.add(path),
        "gap": ledger.add(
            computed_values.difference(
                key.with_steps("gap"), f"{actual.label}与序时进度差", done, path, computed_values.POINTS
            )
        ),
    }
    if status.stretch is not None:
        facts["stretch"] = ledger.add(
            computed_values.value_from_plan(
                target.key.with_steps("stretch"), f"{status.title}力争数", status.stretch, target.unit
            )
        )
    if actual.amount is not None and target.amount is not None and actual.amount < target.amount and month.month < 12:
        short = computed_values.difference(
            key.with_steps("short"), f"{actual.label}距年度目标", target, actual, target.unit
        )
        left = Value(
            FigureKey("calendar", month, "left"),
            f"{month.label}后余下月数",
            Decimal(12 - month.month),
            MONTHS,
            Derivation.CALENDAR,
        )
        facts |= {"short": ledger.add(short), "left": ledger.add(left)}
        if target.unit is not computed_values.FIRMS:  # a share of an enterprise a month says nothing
            each = computed_values.quotient(
                key.with_steps("run_rate"), f"{status.title}余下各月月均须达到", short, left, target.unit
            )
            facts["run_rate"] = ledger.add(each)
    return facts


def attach_origins(*ledgers: FigureLedger) -> list[int]:
    """Add region, data source and workbook cells to each figure; return the ids of the submissions with the cells.

    Three queries at most. Returns the rounds, in order. A figure made of several regions rests in none ("").
    """
    fresh = [ledger.take_keys_without_origin() for ledger in ledgers]
    observed: dict[int, list[Entry]] = {}  # a corrected figure stands under a second code, as its version
    for ledger, keys in zip(ledgers, fresh, strict=True):
        for entry in map(ledger.entries.__getitem__, keys):
            if entry["observation"] is not None:
                observed.setdefault(entry["observation"], []).append(entry)
    if observed:
        # One array, because thousands of parameters take longer than the query.
        pks = RawSQL("SELECT unnest(%s::bigint[])", [list(observed)])
        _attach_observation_origins(
            observed, Observation.objects.filter(pk__in=pks), Posting.objects.filter(observation__in=pks)
        )
    rounds: set[int] = set()
    for ledger, keys in zip(ledgers, fresh, strict=True):
        rounds |= _attach_cell_origins(ledger, keys)
        for code, key in keys.items():
            if ledger.entries[code]["how"] == Derivation.REGISTER:
                ledger.entries[code]["region"] = key.subject
        for code in keys:
            _attach_region(code, ledger.entries)
        rounds |= {round_ for entry in ledger.entries.values() if (round_ := entry.get("round"))}
    return sorted(rounds)


def _attach_observation_origins(
    observed: Mapping[int, Sequence[Entry]], rows: QuerySet[Observation], postings: QuerySet[Posting]
) -> None:
    """Add data source, version and workbook cells to each figure that is a stored indicator value."""
    posted = {pk: (round_, cells) for pk, round_, cells in postings.values_list("observation", "round", "cells")}
    found = rows.values_list("pk", "region", "month", "source", "version", "known_at")
    for pk, region, month, source, version, known_at in found:
        round_, cells = posted.get(pk, (None, ""))
        for entry in observed[pk]:
            entry |= {
                "region": region,
                "month": f"{month:%Y-%m}",
                "source": source,
                "version": version,
                "known_at": known_at.isoformat(),
                "round": round_,
                "cells": cells,
            }


def _attach_cell_origins(ledger: FigureLedger, keys: Mapping[str, FigureKey]) -> set[int]:
    """Add workbook cell and submission to each figure of an enterprise; return the ids of the submissions.

    `keys` are the keys of the figures without an origin, by figure code.
    """
    cells = {code: key for code, key in keys.items() if ledger.entries[code]["how"] == Derivation.CELL}
    if not cells:
        return set()
    facts = ProcessingTrade.objects.filter(
        enterprise__in={key.subject for key in cells.values()}, month__in={key.month.first for key in cells.values()}
    )
    found = {
        (str(firm), Month.of(month), mode): (region, round_id, row, accepted)
        for firm, month, mode, region, round_id, row, accepted in facts.values_list(
            "enterprise",
            "month",
            "mode",
            "round__monthly_return__region",
            "round",
            "row_number",
            "round__decided_at",
        )
    }
    for code, key in cells.items():
        mode, column = key.steps
        region, round_id, row, accepted = found[key.subject, key.month, mode]
        letter = PROCESSING_TRADE.letter(column)
        ledger.entries[code] |= {
            "region": region,
            "month": str(key.month),
            "round": round_id,
            "cells": f"{PROCESSING_TRADE.sheet}!{letter}{row}",
            "known_at": accepted.isoformat() if accepted else None,
        }
    return {round_id for _, round_id, _, _ in found.values()}


def _attach_region(code: str, entries: Mapping[str, dict[str, Any]]) -> str | None:
    """Set and return a figure's region, taken from its inputs: "" for several regions, None for no region."""
    entry = entries[code]
    if "region" in entry:
        return str(entry["region"]) if entry["region"] is not None else None
    below = {_attach_region(part, entries) for part in _inputs_determining_region(entry)} - {None}
    region = (below.pop() if len(below) == 1 else "") if below else None
    entry["region"] = region
    return region


def _inputs_determining_region(entry: Mapping[str, Any]) -> Sequence[str]:
    """Return the codes of the inputs from which the region of a computed figure is taken.

    For a rank or ratio only the first input counts.
    A rank is about its first input, a share about its part.
    """
    inputs: Sequence[str] = entry["inputs"]
    return inputs[:1] if entry["how"] in (Derivation.RANK, Derivation.RATIO) else inputs


def sources_of_month_figures(ledger: FigureLedger, month: Month) -> list[str]:
    """Return the codes of the data sources of a month's figures, such as "return" for the cities' returns."""
    when = str(month)
    return sorted({e["source"] for e in ledger.entries.values() if e.get("month") == when and e.get("source")})
