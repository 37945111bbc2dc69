"""Tests the plan tree and the status of each kind of target."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import pytest

from hunan_trade import clock
from hunan_trade.accounts.tests.factories import province_lead
from hunan_trade.indicators.actions import record_observations
from hunan_trade.indicators.actions_source_and_exchange_rate import decide_published_source
from hunan_trade.indicators.registry import Source
from hunan_trade.periods import Month
from hunan_trade.regions.models import Region
from hunan_trade.testing.transaction_simulation_and_waiting import next_transaction
from targets import queries
from targets.models import WorkPlan
from targets.rules_target_status import Light, Verdict
from targets.target_status import TargetStatus
from targets.tests.plan_and_user_factories import SETUP, load_regions_and_plan

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reference_tables")]

MAY = Month(2013, 5)


def record_all_cities(
    month: Month,
    values: Mapping[str, Decimal | int],
    *,
    without: tuple[str, ...] = (),
    source: Source = Source.RETURN,
) -> None:
    """Record the same figures for every city except those in `without`."""
    for city in Region.objects.cities().exclude(code__in=without):
        record_observations(
            {code: Decimal(value) for code, value in values.items()},
            region=city.code,
            month=month,
            source=source,
            known_at=clock.at(date(month.next.year, month.next.month, 8)),
            reason="",
            by=SETUP,
        )


def record_january_to_may(*, without: tuple[str, ...] = ()) -> None:
    """Record figures of all cities for January to May of this year and last year.

    Processing trade is a third of all trade, up from a quarter.
    """
    for month in MAY.months_to_date:
        last_year = {"export": 12_000_000, "import": 8_000_000, "all": 40_000_000, "projects": 10, "fortune": 0}
        this_year = {"export": 24_000_000, "import": 16_000_000, "all": 60_000_000, "projects": 15, "fortune": 0}
        for when, figures in ((month.year_ago, last_year), (month, this_year)):
            values = {
                "enterprises.processing_trade_export": figures["export"],
                "enterprises.processing_trade_import": figures["import"],
                "projects.export_total": figures["all"],
                "projects.import_total": figures["all"],
                "projects.undertaken_projects": figures["projects"],
                "projects.fortune_500": figures["fortune"],
            }
            record_all_cities(when, values, without=without if when == MAY else ())


def statuses_by_code(month: Month = MAY) -> dict[str, TargetStatus]:
    """Return the target statuses with figures up to `month`, by target code."""
    return {row.code: row for row in queries.target_statuses(month)}


def test_the_plan_tree_keeps_the_documents_order() -> None:
    tree = queries.plan_tree(load_regions_and_plan())
    assert [section.label for section in tree.sections] == ["一", "二", "三"]
    assert [child.label for child in tree.sections[2].children] == [
        "（一）",
        "（二）",
        "（三）",
        "（四）",
        "（五）",
        "（六）",
        "（七）",
    ]
    assert [item.number for item in tree.items] == list(range(1, 29))


def test_an_item_of_the_tree_has_its_quantities_dates_mentions_and_rosters() -> None:
    items = {item.number: item for item in queries.plan_tree(load_regions_and_plan()).items}
    assert items[2].quantities == ("承接项目 3,000 个", "引进世界 500 强 2—3 家，力争")
    assert items[21].dates == ("加博会会期 6月19—22日",)
    assert items[8].dates == ("衡阳综合保税区封关运行 10月",)
    assert ("企业", ("富士康", "蓝思科技", "欧姆龙")) in items[13].mentions
    assert [(r.title, r.listed_count, r.required, r.verdict.words) for r in items[13].rosters] == [
        ("重点企业", 3, 25, "待补 22"),
        ("核心骨干企业", 3, 11, "待补 8"),
    ]
    assert [state.region_name for state in items[8].states] == ["衡阳", "郴州", "永州"]


def test_an_amount_is_compared_with_goal_expected_percent_and_last_year() -> None:
    load_regions_and_plan()
    record_january_to_may()
    row = statuses_by_code()["processing_trade"]
    assert (row.actual_text, row.goal_text) == ("28.00", "75 亿美元（基数 50，增长 50%）")
    assert row.goal is not None and row.goal.amount == Decimal(7_500_000_000)
    assert row.completion is not None and row.completion.amount == Decimal(28) / 75 * 100
    assert row.verdict.words == "偏慢，低 4.3 个百分点"
    assert (row.last_year_text, row.change_text, row.needed_per_month_text) == ("14.00", "+100.0%", "6.71")


def test_counts_ranges_and_directions_have_their_own_texts_and_lights() -> None:
    load_regions_and_plan()
    record_january_to_may()
    rows = statuses_by_code()
    assert (rows["undertaken_projects"].actual_text, rows["undertaken_projects"].light) == ("1,050", Light.WARN)
    assert (rows["fortune_500"].goal_text, rows["fortune_500"].light) == ("底线 2 家，力争 3 家", Light.BAD)
    share = rows["processing_trade_share"]
    assert (share.actual_text, share.last_year_text) == ("33.3", "25.0")
    assert (share.change_text, share.verdict.words) == ("+8.3 个百分点", "正常，高 8.3 个百分点")


def test_the_share_of_listed_areas_shows_its_figure_without_a_light() -> None:
    load_regions_and_plan()
    record_january_to_may()
    row = statuses_by_code()["designated_share"]
    assert row.actual_text == "42.9"  # six of fourteen equal cities
    assert row.verdict == Verdict(Light.OFF, "只计国家级重点承接地，不亮灯")


def test_a_city_without_figures_is_excluded_and_named() -> None:
    load_regions_and_plan()
    record_january_to_may(without=("431000",))
    row = statuses_by_code()["processing_trade"]
    assert (row.actual_text, row.last_year_text, row.figure_note) == ("26.00", "13.00", "不含郴州")


def test_a_target_follows_the_source_that_is_published_for_its_year() -> None:
    load_regions_and_plan()
    record_january_to_may()
    assert statuses_by_code()["undertaken_projects"].actual_text == "1,050"
    next_transaction()
    for month in MAY.months_to_date:
        record_all_cities(month, {"projects.undertaken_projects": 16}, source=Source.REGISTER)
    decide_published_source(
        indicator="projects.undertaken_projects",
        year=2013,
        source=Source.REGISTER,
        reason="核对完整",
        by=province_lead(),
    )
    next_transaction()
    row = statuses_by_code()["undertaken_projects"]
    assert (row.actual_text, row.last_year_text) == ("1,120", "—")
    assert row.change_text == "项目库2012年数不全"


def test_without_figures_measured_targets_have_no_light() -> None:
    load_regions_and_plan()
    rows = statuses_by_code()
    judged = {code for code, row in rows.items() if row.is_measured and row.light != Light.OFF}
    assert judged == set()
    assert rows["processing_trade"].actual_text == "—"


def test_milestones_and_rosters_have_a_verdict_without_figures() -> None:
    load_regions_and_plan()
    with clock.frozen_at(clock.at(date(2013, 7, 8))):
        rows = statuses_by_code()
    assert rows["hengyang_bonded_zone"].verdict.words == "未到期，余 115 天"
    assert rows["hong_kong_week"].verdict.words == "逾期 8 天"
    assert rows["national_areas"].verdict.words == "已列齐"
    assert rows["pilot_counties"].verdict.words == "待补 20"


def test_figures_recorded_after_the_as_of_date_are_ignored() -> None:
    plan = load_regions_and_plan()
    record_january_to_may()
    then = {row.code: row for row in queries.plan_target_statuses(plan, MAY, clock.at(date(2013, 6, 1)))}
    assert then["processing_trade"].actual_text == "—"
    assert then["hong_kong_week"].verdict.words == "临期，余 29 天"


def test_the_default_month_is_the_last_in_which_every_city_has_figures() -> None:
    load_regions_and_plan()
    record_january_to_may()
    with clock.frozen_at(clock.at(date(2013, 6, 9))):
        assert queries.default_month() == MAY
    with clock.frozen_at(clock.at(date(2013, 7, 8))):
        assert queries.default_month() == MAY


def test_a_year_without_a_plan_has_no_tree_and_no_statuses() -> None:
    assert queries.current_plan_tree(2014) is None
    assert queries.target_statuses(Month(2014, 1)) == ()
    assert WorkPlan.objects.current(2014) is None
