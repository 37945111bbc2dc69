"""Draws how many projects of each city have been signed, as a map beside the funnel."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal

from hunan_trade.ui.chart_data import Area, CityMap
from projects.choices import Stage
from projects.funnel.stage_funnel import Funnel

SHADES = 5


def city_map(groups: Iterable[Funnel], names: Mapping[str, str], url: Callable[[str], str]) -> CityMap | None:
    """Return a map that shades each city by its number of signed projects, or None if no project is signed.

    A city without any project in its group is left out, as no data. `names` are those of the cities by code; `url` gives
    the address of a city's projects.
    """
    counts = {group.code: group.figures(Stage.SIGNED).reached for group in groups if group.code is not None}
    if not (most := max(counts.values(), default=0)):
        return None
    leader = next(code for code, count in counts.items() if count == most)
    return CityMap(
        key="funnel-map",
        finding=f"各市州签约的项目数，{names[leader]}最多，{most} 个",
        unit="个",
        bounds=shade_bounds(sorted(counts.values())),
        areas=tuple(
            Area(code, names[code], Decimal(count), light="", url=url(code) if count else "")
            for code, count in counts.items()
        ),
        places=0,
        caption="各市州签约的项目数",
    )


def shade_bounds(counts: Sequence[int]) -> tuple[Decimal, ...]:
    """Return the bounds that divide the sorted `counts` into up to five map shades of about as many counts each."""
    cuts = (counts[len(counts) * step // SHADES] for step in range(1, SHADES))
    return tuple(Decimal(cut) for cut in sorted(set(cuts)) if cut > counts[0])
