"""Pure functions that compute the invented figures of the demo, the same at every run.

All figures are whole numbers, so that totals are exact.
Amounts are in hundreds of dollars (0.01 万美元). The year 2012 totals 52.36 亿美元 of processing trade, which is
plainly not the plan's base of 50.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from hunan_trade.periods import Month, months_between

FIRST, LAST = Month(2012, 1), Month(2013, 6)
TOTAL_2012 = 523_600_00  # 52.36 亿美元 in hundreds of dollars
SEED = 20130708
MODES = ("进料加工", "来料加工")
NIL_RETURN = ("zhangjiajie", "2013-02")  # username prefix of the city, and month


@dataclass(frozen=True)
class City:
    """A city of the demo with invented data, such as its share of the province's processing trade.

    Share and growth in ‰.
    """

    code: str
    name: str
    username_prefix: str  # of its demo accounts
    share: int
    growth: int
    firms: int
    projects: int  # a month in 2012
    trade_times: int  # all trade as a multiple of processing trade, in hundredths


CITIES = (
    City("430100", "长沙", "changsha", 318, 395, 30, 40, 310),
    City("430200", "株洲", "zhuzhou", 42, 268, 12, 17, 390),
    City("430300", "湘潭", "xiangtan", 49, 341, 11, 16, 370),
    City("430400", "衡阳", "hengyang", 149, 571, 24, 25, 190),
    City("430500", "邵阳", "shaoyang", 25, 352, 9, 12, 280),
    City("430600", "岳阳", "yueyang", 84, 312, 14, 15, 300),
    City("430700", "常德", "changde", 38, 224, 10, 13, 260),
    City("430800", "张家界", "zhangjiajie", 3, -138, 3, 2, 420),
    City("430900", "益阳", "yiyang", 36, 331, 9, 11, 270),
    City("431000", "郴州", "chenzhou", 164, 478, 28, 28, 160),
    City("431100", "永州", "yongzhou", 68, 455, 16, 23, 180),
    City("431200", "怀化", "huaihua", 9, 96, 5, 6, 350),
    City("431300", "娄底", "loudi", 12, 468, 6, 8, 640),
    City("433100", "湘西", "xiangxi", 3, -62, 3, 2, 380),
)
SEASON = (78, 62, 95, 98, 101, 103, 99, 104, 112, 108, 117, 123)  # January to December; February holds the holiday
TRADES = (
    "电子",
    "制鞋",
    "服饰",
    "箱包",
    "玩具",
    "五金",
    "家具",
    "灯饰",
    "陶瓷",
    "线缆",
    "光电",
    "钟表",
    "模具",
    "电机",
    "食品",
)


@dataclass(frozen=True)
class Firm:
    """Invented enterprise of the demo."""

    customs_code: str
    name: str
    city: City
    weight: int
    modes: tuple[str, ...]
    export_share: int  # in %


@dataclass(frozen=True)
class TradeLine:
    """Invented trade of one enterprise in one month and trade mode; amounts are in hundreds of dollars."""

    customs_code: str
    mode: str
    exports: int
    imports: int


@dataclass(frozen=True)
class DemoFigures:
    """The demo's invented enterprises, their monthly processing trade, and the cities' monthly summaries."""

    firms: Sequence[Firm]

    @classmethod
    def for_enterprise_count(cls, enterprises: int = 0) -> DemoFigures:
        """Return demo figures for about `enterprises` enterprises, or for 180 if `enterprises` is 0."""
        return cls(tuple(_make_firms(enterprises)))

    def of_city(self, city: City) -> list[Firm]:
        """Return the invented enterprises of a city."""
        return [firm for firm in self.firms if firm.city == city]

    @cached_property
    def trade_lines(self) -> Mapping[tuple[str, Month], tuple[TradeLine, ...]]:
        """The invented monthly trade of all enterprises, as a dict with (city code, month) as keys.

        Keyed by city code and month, in the register's order; 2012 is apportioned exactly.
        """
        draw = random.Random(SEED)
        shares = [
            (firm, month, _apply_incident(firm, month, firm.weight * SEASON[month.month - 1] * draw.randint(88, 112)))
            for firm in self.firms
            for month in months_between(FIRST, Month(2012, 12))
        ]
        amounts = apportion(TOTAL_2012, [share for _, _, share in shares])
        base = {(firm.customs_code, month): amount for (firm, month, _), amount in zip(shares, amounts, strict=True)}
        lines: dict[tuple[str, Month], list[TradeLine]] = {}
        for firm in self.firms:
            for month in months_between(FIRST, LAST):
                if month.year == 2012:
                    amount = base[firm.customs_code, month]
                else:
                    rise = 1000 + firm.city.growth + draw.randint(-140, 140)
                    amount = _apply_incident(firm, month, base[firm.customs_code, month.year_ago] * rise // 1000)
                lines.setdefault((firm.city.code, month), []).extend(_split_by_mode(firm, amount, draw))
        return {key: tuple(found) for key, found in lines.items()}

    def summary_texts(self, city: City, month: Month) -> dict[str, str]:
        """Return the invented texts of a city's monthly summary sheet by item code ("01" to "12")."""
        draw = random.Random(f"{SEED}{city.code}{month}")
        lines = self.trade_lines[city.code, month]
        exports, imports = sum(line.exports for line in lines), sum(line.imports for line in lines)
        other_exports = exports * (city.trade_times - 100) // 100 * 100 // draw.randint(96, 104)
        other_imports = imports * (city.trade_times - 100) // 100 * 100 // draw.randint(96, 104)
        all_exports, all_imports = exports + other_exports, imports + other_imports
        pace = SEASON[month.month - 1] * (1000 if month.year == 2012 else 1000 + city.growth // 3)
        projects = max(1, city.projects * pace * draw.randint(92, 108) // 10_000_000)
        contracted = projects * draw.randint(9_200, 11_800)  # 万元
        paid = contracted * draw.randint(58, 71) // 100
        foreign = projects * draw.randint(105, 150)  # 万美元
        used = foreign * draw.randint(60, 72) // 100
        fortune = {("430100", "2013-04"): 1, ("430400", "2012-09"): 1, ("430600", "2012-05"): 1}.get(
            (city.code, str(month)), 0
        )
        return {
            "01": format_hundreds_as_wan(all_exports + all_imports),
            "02": format_hundreds_as_wan(all_exports),
            "03": format_hundreds_as_wan(all_imports),
            "04": format_hundreds_as_wan(exports),
            "05": format_hundreds_as_wan(imports),
            "06": str(projects),
            "07": str(fortune),
            "08": str(contracted),
            "09": str(paid),
            "10": str(foreign),
            "11": str(used),
            "12": str(projects * draw.randint(38, 52)),
        }

    def filed_summary_texts(self, city: City, month: Month) -> dict[str, str]:
        """Return a city's monthly summary texts by item code, all "0" if the city reports no activity that month."""
        texts = self.summary_texts(city, month)
        return dict.fromkeys(texts, "0") if (city.username_prefix, str(month)) == NIL_RETURN else texts


def format_hundreds_as_wan(amount: int) -> str:
    """Format an amount given in hundreds of dollars as 万美元 (10,000 dollars), such as 12345 as 123.45."""
    whole, rest = divmod(amount, 100)
    return f"{whole}.{rest:02}".rstrip("0").rstrip(".") if rest else str(whole)


def apportion(total: int, weights: Sequence[int]) -> list[int]:
    """Split `total` in proportion to `weights`, into whole numbers whose sum is exactly `total`."""
    whole = sum(weights)
    parts, given, seen = [], 0, 0
    for weight in weights:
        seen += weight
        upto = total * seen // whole
        parts.append(upto - given)
        given = upto
    return parts


def _make_firms(enterprises: int) -> Iterator[Firm]:
    draw = random.Random(SEED)
    usual = sum(city.firms for city in CITIES)
    for city in CITIES:
        count = max(2, city.firms * enterprises // usual) if enterprises else city.firms
        sizes = [1000 * 1000 // (place + 2) // (place + 3) + draw.randint(2, 9) for place in range(count)]
        weights = apportion(city.share * 1_000_000, sizes)
        for place, weight in enumerate(weights):
            modes = MODES if place % 9 == 4 else (MODES[place % 5 == 3],)
            trade = TRADES[(place + int(city.code[2:4])) % len(TRADES)]
            yield Firm(
                customs_code=f"{city.code[:4]}9{place + 1:05}",
                name=f"{city.name}演示{place + 1:02}{trade}有限公司",
                city=city,
                weight=max(weight, 1),
                modes=modes,
                export_share=draw.randint(52, 71),
            )


def _apply_incident(firm: Firm, month: Month, amount: int) -> int:
    """Return a demo firm's trade in a month: `amount`, or in a few fixed cases 0 or 2.7 times as much.

    Most amounts are returned unchanged.
    """
    place = int(firm.customs_code[5:])
    if (firm.city.username_prefix, place, str(month)) in {
        ("yueyang", 5, "2013-03"),
        ("changde", 3, "2012-08"),
        ("shaoyang", 4, "2013-05"),
    }:
        return 0
    if (firm.city.username_prefix, place, str(month)) in {
        ("hengyang", 6, "2013-02"),
        ("chenzhou", 7, "2012-11"),
        ("yongzhou", 4, "2013-06"),
    }:
        return amount * 27 // 10
    return amount


def _split_by_mode(firm: Firm, amount: int, draw: random.Random) -> Iterator[TradeLine]:
    parts = apportion(amount, [7, 3]) if len(firm.modes) == 2 else [amount]
    for mode, part in zip(firm.modes, parts, strict=True):
        exports = part * (firm.export_share + draw.randint(-3, 3)) // 100
        yield TradeLine(firm.customs_code, mode, exports, part - exports)
