"""Enters special cases of single demo projects, such as a voided signing, by calling the portal's actions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from hunan_trade import clock
from hunan_trade.demo.demo_figures import CITIES, City
from hunan_trade.demo.demo_project_writer import ProjectWriter, raise_if_refused
from hunan_trade.demo.demo_projects import ENTERED_LATE, INCREASED_FOR_ONE, INCREASES, USD, VOIDED, WAN
from hunan_trade.indicators.actions_source_and_exchange_rate import decide_exchange_rate
from hunan_trade.lists.models import Act
from hunan_trade.lists.record_change_preparation import RecordChange
from hunan_trade.periods import Month
from projects.actions_status import change_status
from projects.batches.actions import join_or_leave_batches, save_batches
from projects.capital_increases.actions import decide_increase, propose_increase
from projects.choices import EntryState, Stage, Status
from projects.fortune_500.actions import save_fortune_groups
from projects.models import Batch, CapitalIncrease, Project, StageEntry
from projects.stages.actions import decide_step, enter_step
from projects.terminations.actions import decide_termination, enter_termination
from targets.models import ItemIdentity


def enter_special_project_cases(writer: ProjectWriter, month: Month) -> None:
    """Enter a month's invented special cases of demo projects, such as a capital increase or a termination."""
    for tell in _STORIES.get(month, ()):
        tell(writer)


def _city_with_prefix(prefix: str) -> City:
    return next(city for city in CITIES if city.username_prefix == prefix)


def _first_active_project(city: City, stage: Stage, **known: object) -> Project:
    """Return a city's active project with the lowest code whose current and accepted stage are both `stage`."""
    found = Project.objects.filter(city=city.code, stage=stage, accepted_stage=stage, status=Status.ACTIVE, **known)
    return found.order_by("code")[0]


def _propose_increase(
    writer: ProjectWriter, city: City, day: date, currency: str, amount: int, reason: str
) -> CapitalIncrease:
    with clock.frozen_at(clock.at(day, 10, 10)):
        return propose_increase(
            pk=_first_active_project(
                city, Stage.LANDED, signed_on__lt=date(2013, 1, 1), **{f"contracted_{currency}__gt": 0}
            ).pk,
            name="increase",
            by=writer.reporter(city),
            seen=None,
            reason=reason,
            effective_on=day,
            **{f"amount_{currency}": amount * WAN},
        )


def _increase_capital(writer: ProjectWriter, story: tuple[str, Month], reason: str) -> None:
    """Propose a capital increase for a demo project, and let the city's lead confirm it on the same day."""
    (prefix, month), (currency, amount) = story, INCREASES[story]
    proposed = _propose_increase(
        writer, _city_with_prefix(prefix), month.first.replace(day=18), currency, amount, reason
    )
    with clock.frozen_at(clock.at(month.first.replace(day=18), 16, 30)):
        lead = writer.people[f"{prefix}-lead"]
        decide_increase(pk=proposed.pk, name="confirm", by=lead, seen=proposed.version, reason="补充协议已核对")


def _create_batches_and_fill_first(writer: ProjectWriter) -> None:
    """Create two batches of projects in southern Hunan, set the 2013 exchange rate, and fill the first batch."""
    lead, day = writer.people["lead1"], date(2013, 1, 7)
    items = dict(ItemIdentity.objects.filter(year=2013, in_force=True).values_list("number", "pk"))
    first = {"number": 1, "name": "湘南第一批重大项目", "planned_size": 92, "opened_on": day, "item": items.get(7)}
    second = {"number": 2, "name": "湘南第二批重大项目", "item": items.get(7), "note": "还没有启动，名额未定"}
    with clock.frozen_at(clock.at(day, 9, 30)):
        decide_exchange_rate(year=2013, cny_per_usd=Decimal("6.25"), reason="演示用的汇率，不是公布的汇率", by=lead)
        changes = [RecordChange(first | {"note": "演示数据，并无此名单"}), RecordChange(second)]
        raise_if_refused(save_batches(changes=changes, by=lead, kind=Act.Kind.CREATED, reason="按工作要点"))
    listed = [pk for pk, project in writer.by_key.items() if project.is_in_first_batch]
    seen = dict(Project.objects.filter(pk__in=listed).values_list("pk", "version"))
    with clock.frozen_at(clock.at(day, 15, 10)):
        officer, batch = writer.people["officer1"], Batch.objects.get(number=1)
        raise_if_refused(join_or_leave_batches(seen=seen, name="join_batch", by=officer, batch=batch, joined_on=day))


def _leave_first_batch(writer: ProjectWriter) -> None:
    project, day = (
        Project.objects.filter(city=_city_with_prefix("yongzhou").code, batch__number=1).earliest("code"),
        date(2013, 4, 16),
    )
    seen, reason = {project.pk: project.version}, "投资方分期建设，首期达不到批次的要求"
    with clock.frozen_at(clock.at(day, 10, 45)):
        officer = writer.people["officer1"]
        raise_if_refused(join_or_leave_batches(seen=seen, name="leave_batch", by=officer, reason=reason, left_on=day))


def _load_fortune_list(writer: ProjectWriter) -> None:
    """Load an invented Fortune 500 list of 2013 into the demo, with a note on each entry that it is fictitious."""
    listed = (
        RecordChange(
            {"year": 2013, "rank": rank, "name": name, "other_names": other_names, "source": source, "note": _NO_GROUP}
        )
        for rank, name, other_names, source in _FORTUNE_500
    )
    with clock.frozen_at(clock.at(date(2013, 1, 10), 9, 30)):
        outcomes = save_fortune_groups(
            changes=list(listed), by=writer.people["officer1"], kind=Act.Kind.CREATED, reason="演示名单"
        )
    raise_if_refused(outcomes)


def _increase_capital_in_zhuzhou(writer: ProjectWriter) -> None:
    _increase_capital(writer, INCREASED_FOR_ONE, "二期厂房补充协议；汇总表把它算作新承接项目")


def _increase_capital_in_changsha(writer: ProjectWriter) -> None:
    _increase_capital(writer, ("changsha", Month(2013, 4)), "追加一条模组线，补充协议")


def _propose_increase_in_yongzhou(writer: ProjectWriter) -> None:
    _propose_increase(writer, _city_with_prefix("yongzhou"), date(2013, 7, 4), USD, 120, "追加注塑设备，补充协议待盖章")


def _give_increase_back(writer: ProjectWriter) -> None:
    proposed = _propose_increase(writer, _city_with_prefix("chenzhou"), date(2013, 5, 14), USD, 200, "追加流动资金")
    with clock.frozen_at(clock.at(date(2013, 5, 15), 9, 40)):
        lead = writer.people["chenzhou-lead"]
        reason = "补充协议没有双方盖章，补齐后再报"
        decide_increase(pk=proposed.pk, name="give_back", by=lead, seen=proposed.version, reason=reason)


def _enter_late_signing(writer: ProjectWriter) -> None:
    city = _city_with_prefix(ENTERED_LATE[0])
    pk, project = next((pk, each) for pk, each in writer.of_city(city).items() if each.is_entered_late)
    with clock.frozen_at(clock.at(date(2013, 6, 18), 9, 50)):
        reason = "合同5月底签订，原件6月中旬才从投资方寄回"
        by, day = writer.reporter(city), project.steps[Stage.SIGNED]
        enter_step(pk=pk, name="sign", by=by, seen=None, reason=reason, effective_on=day)


def _void_signing(writer: ProjectWriter) -> None:
    city, (prefix, month) = _city_with_prefix(VOIDED[0]), VOIDED
    assert city.username_prefix == prefix
    pk = _first_active_project(city, Stage.SIGNED, signed_on__range=(month.first, month.last)).pk
    entry = StageEntry.objects.get(project=pk, stage=Stage.SIGNED, state=EntryState.VALID)
    with clock.frozen_at(clock.at(date(2013, 6, 20), 11, 5)):
        reason = "投资方未在约定期限内缴存保证金，合同没有生效"
        decide_step(pk=entry.pk, name="void", by=writer.people["officer1"], seen=entry.version, reason=reason)
    writer.stopped.add(pk)


def _terminate_in_hengyang(writer: ProjectWriter) -> None:
    city, day = _city_with_prefix("hengyang"), date(2013, 6, 5)
    project = _first_active_project(city, Stage.SIGNED, signed_on__lt=date(2013, 1, 1))
    with clock.frozen_at(clock.at(day, 10, 30)):
        proposed = enter_termination(
            pk=project.pk,
            name="propose_termination",
            by=writer.reporter(city),
            seen=None,
            reason="投资方总部收缩投资，双方签订解除协议",
            effective_on=day,
        )
    with clock.frozen_at(clock.at(date(2013, 6, 7), 15)):
        lead = writer.people["hengyang-lead"]
        decide_termination(pk=proposed.pk, name="confirm", by=lead, seen=proposed.version, reason="解除协议已核对")
    writer.stopped.add(project.pk)


def _propose_termination_in_shaoyang(writer: ProjectWriter) -> None:
    city, day = _city_with_prefix("shaoyang"), date(2013, 7, 3)
    with clock.frozen_at(clock.at(day, 14, 20)):
        enter_termination(
            pk=_first_active_project(city, Stage.INTENDED).pk,
            name="propose_termination",
            by=writer.reporter(city),
            seen=None,
            reason="环评未通过，投资方放弃选址",
            effective_on=day,
        )


def _change_statuses(writer: ProjectWriter) -> None:
    for at, (prefix, stage, name, reason) in enumerate(_STATUS_CHANGES):
        city = _city_with_prefix(prefix)
        project = _first_active_project(city, stage, signed_on__lt=date(2013, 1, 1))
        with clock.frozen_at(clock.at(date(2013, 7, 4), 9, 5 + 6 * at)):
            change_status(pk=project.pk, name=name, by=writer.reporter(city), seen=project.version, reason=reason)


def _confirm_most_june_steps(writer: ProjectWriter) -> None:
    """Confirm project stage changes dated up to 20 June, except in three cities without an accepted June return."""
    accepted = [city for city in CITIES if city.username_prefix not in ("huaihua", "chenzhou", "xiangxi")]
    with clock.frozen_at(clock.at(date(2013, 7, 5), 17, 40)):
        writer.confirm_steps(date(2013, 6, 20), accepted)


_NO_GROUP = "演示数据，并无此集团"
_FORTUNE_500 = (  # rank, name, other names, source place
    (12, "演示寰宇集团", "演示寰宇、Demo Globe Group Co., Ltd.", "JPN"),
    (47, "演示远洋电子集团", "演示远洋", "KOR"),
    (103, "演示恒星重工集团", "", "810000"),
    (188, "示例联合食品集团", "示例联合", "SGP"),
    (256, "示例东方物流集团", "", None),
    (391, "示例北极能源集团", "Sample Arctic Energy", None),
)
_STATUS_CHANGES = (
    ("changsha", Stage.LANDED, "delay", "进口设备到港推迟，预计九月底安装完"),
    ("zhuzhou", Stage.SIGNED, "stall", "用地指标未下达，请省国土资源厅协调"),
    ("hengyang", Stage.LANDED, "delay", "供电专线未接通，预计八月通电"),
    ("yueyang", Stage.SIGNED, "delay", "规划调整，预计八月重新报批"),
    ("chenzhou", Stage.LANDED, "stall", "股东变更，资金未到，市里正在协商"),
    ("yongzhou", Stage.SIGNED, "delay", "征地未完，预计九月交地"),
    ("changsha", Stage.OPERATING, "finish", "全部生产线投入营运，已验收"),
    ("xiangtan", Stage.OPERATING, "finish", "达产，合同资金全部到位"),
    ("chenzhou", Stage.OPERATING, "finish", "达产，合同资金全部到位"),
)
_STORIES: Mapping[Month, tuple[Callable[[ProjectWriter], None], ...]] = {
    Month(2013, 1): (_create_batches_and_fill_first, _load_fortune_list),
    Month(2013, 3): (_increase_capital_in_zhuzhou,),
    Month(2013, 4): (_increase_capital_in_changsha, _leave_first_batch),
    Month(2013, 5): (_give_increase_back,),
    Month(2013, 6): (_terminate_in_hengyang, _enter_late_signing, _void_signing),
    Month(2013, 7): (
        _propose_termination_in_shaoyang,
        _change_statuses,
        _propose_increase_in_yongzhou,
        _confirm_most_june_steps,
    ),
}
