"""Tables of the work plan, with its items, task states, rosters and targets.

An amended plan is a new version of its year; the earlier one stays as it was.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from hunan_trade.accounts.models import User
from hunan_trade.lists.history.history_models import create_history_model
from hunan_trade.lists.models import Record
from hunan_trade.lists.search.text_search import NameOrderField, SearchTextField, search_index
from hunan_trade.periods import format_chinese_date
from hunan_trade.regions.models import Region, Unit
from targets.drafting.models import PlanDraft as PlanDraft
from targets.drafting.models import Versioned as Versioned
from targets.models_item_and_roster_identity import ItemIdentity as ItemIdentity
from targets.models_item_and_roster_identity import PlanReaderQuerySet as PlanReaderQuerySet
from targets.models_item_and_roster_identity import RosterIdentity as RosterIdentity
from targets.models_quantities_dates_mentions import Mention as Mention
from targets.models_quantities_dates_mentions import PlanDate as PlanDate
from targets.models_quantities_dates_mentions import Quantity as Quantity


class WorkPlanQuerySet(PlanReaderQuerySet["WorkPlan"]):
    def current(self, year: int) -> WorkPlan | None:
        """Return the newest version of a year's work plan, or None if the year has no plan."""
        return self.filter(year=year).order_by("-version").first()


class WorkPlan(models.Model):
    year = models.PositiveSmallIntegerField("年度")
    version = models.PositiveSmallIntegerField("版本")
    title = models.CharField("标题", max_length=200)
    issuer = models.CharField("印发单位", max_length=60)
    number = models.CharField("文号", max_length=60, blank=True)
    addressees = models.CharField("主送", max_length=200)
    dated_on = models.DateField("印发日期")
    digest = models.CharField("内容摘要", max_length=64)  # SHA-256 of the facts as loaded: the same facts load once
    loaded_at = models.DateTimeField("载入时间", db_default=Now())

    objects = WorkPlanQuerySet.as_manager()

    class Meta:
        verbose_name = "工作要点"
        ordering = ["-year", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["year", "version"], name="plan_version_once_a_year"),
            models.CheckConstraint(
                condition=Q(year__gte=2000, year__lte=2100, version__gte=1), name="plan_year_and_version"
            ),
            models.CheckConstraint(condition=Q(digest__regex=r"^[0-9a-f]{64}$"), name="plan_digest_is_sha256"),
        ]

    def __str__(self) -> str:
        return self.title


class PlanSection(models.Model):
    plan = models.ForeignKey(WorkPlan, models.CASCADE, related_name="sections")
    position = models.PositiveSmallIntegerField("次序")
    code = models.CharField("编码", max_length=40)  # 3.1: the document's （一） below 三
    label = models.CharField("序号", max_length=20)  # as the document writes it: 三, （一）; empty for a plain heading
    title = models.CharField("标题", max_length=200)
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="children")

    objects = PlanReaderQuerySet.as_manager()

    class Meta:
        verbose_name = "部分"
        ordering = ["plan", "position"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "code"], name="section_code_once_a_plan"),
            models.UniqueConstraint(fields=["plan", "position"], name="section_position_once_a_plan"),
        ]

    def __str__(self) -> str:
        return f"{self.label} {self.title}"


class PlanItemQuerySet(PlanReaderQuerySet["PlanItem"]):
    def current(self, year: int) -> PlanItemQuerySet:
        """Filter to the items of the newest version of a year's work plan."""
        newest = WorkPlan.objects.filter(year=year).order_by("-version").values("pk")[:1]
        return self.filter(plan__in=newest).select_related("plan", "section__parent")

    def in_newest_plans(self) -> PlanItemQuerySet:
        """Filter to the items of the newest version of each year's plan."""
        return self.filter(in_newest_plan())

    def newest_rows(self) -> PlanItemQuerySet:
        """Keep one row per plan item: that of the newest plan version which has the item."""
        return self.order_by("identity_id", "-plan__version").distinct("identity_id")


class PlanItem(Versioned):
    class Kind(models.TextChoices):
        GOAL = "goal", "目标"
        APPROACH = "approach", "思路"
        TASK = "task", "任务"

    class Scope(models.TextChoices):
        PROVINCE = "province", "全省"
        XIANGNAN = "xiangnan", "湘南三市"

    plan = models.ForeignKey(WorkPlan, models.CASCADE, related_name="items")
    identity = models.ForeignKey(ItemIdentity, models.PROTECT, related_name="items")
    section = models.ForeignKey(PlanSection, models.CASCADE, related_name="items")
    number = models.PositiveSmallIntegerField("条目")
    kind = models.CharField("类别", max_length=10, choices=Kind)
    title = models.CharField("标题", max_length=200)
    summary = models.CharField("概要", max_length=200)
    scope = models.CharField("范围", max_length=10, choices=Scope)
    regions = models.ManyToManyField(Region, related_name="+", verbose_name="涉及市州")
    lead = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+", verbose_name="牵头单位")
    named_units = models.CharField("文中点到的单位", max_length=500, blank=True)
    due_on = models.DateField("时限", null=True)  # null: the document names no day

    objects = PlanItemQuerySet.as_manager()

    class Meta:
        verbose_name = "条目"
        ordering = ["plan", "number"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="item_number_once_a_plan"),
            models.UniqueConstraint(fields=["plan", "identity"], name="item_identity_once_a_plan"),
            models.CheckConstraint(condition=Q(number__gte=1), name="item_number_from_1"),
            models.CheckConstraint(condition=Q(kind__in=["goal", "approach", "task"]), name="item_kind_known"),
            models.CheckConstraint(condition=Q(scope__in=["province", "xiangnan"]), name="item_scope_known"),
            models.CheckConstraint(condition=~Q(title="") & ~Q(summary=""), name="item_says_something"),
        ]

    def __str__(self) -> str:
        return f"第{self.number}条 {self.title}"

    @property
    def due_text(self) -> str:
        return format_chinese_date(self.due_on) if self.due_on else ""


class TaskState(Versioned):
    """Current state of a plan item's task in the province or in one city."""

    class State(models.TextChoices):
        NOT_STARTED = "not_started", "未启动"
        UNDER_WAY = "under_way", "推进中"
        DELAYED = "delayed", "滞后"
        DONE = "done", "已完成"
        DROPPED = "dropped", "终止"

    item = models.ForeignKey(PlanItem, models.CASCADE, related_name="states")
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name="地区")
    state = models.CharField("状态", max_length=12, choices=State, default=State.NOT_STARTED)
    text = models.CharField("进展", max_length=300, blank=True)
    reason = models.CharField("原因", max_length=300, blank=True)
    updated_on = models.DateField("更新日期", null=True)
    updated_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="更新人")

    objects = PlanReaderQuerySet.as_manager()

    class Meta:
        verbose_name = "任务状态"
        ordering = ["item", "region"]
        constraints = [
            models.UniqueConstraint(fields=["item", "region"], name="task_state_once_a_region"),
            models.CheckConstraint(
                condition=Q(state__in=["not_started", "under_way", "delayed", "done", "dropped"]),
                name="task_state_known",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["delayed", "dropped"]) | ~Q(reason=""), name="task_state_bad_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item} {self.region}：{self.get_state_display()}"


def in_newest_plan() -> Q:
    """Return a `Q` condition for rows whose `plan` is the newest version of its year's work plan."""
    later = WorkPlan.objects.filter(year=models.OuterRef("plan__year"), version__gt=models.OuterRef("plan__version"))
    return ~Q(models.Exists(later))


class RosterManager(models.Manager.from_queryset(PlanReaderQuerySet["Roster"])):  # type: ignore[misc]
    def get_queryset(self) -> PlanReaderQuerySet[Roster]:
        return super().get_queryset().select_related("plan")  # type: ignore[no-any-return]


class Roster(Versioned):
    """A list of names, such as projects, together with the number of names that the work plan requires."""

    plan = models.ForeignKey(WorkPlan, models.CASCADE, related_name="rosters")
    identity = models.ForeignKey(RosterIdentity, models.PROTECT, related_name="rosters")
    item = models.ForeignKey(PlanItem, models.CASCADE, related_name="rosters")
    code = models.SlugField("编码", max_length=40)
    title = models.CharField("名单", max_length=60)
    unit = models.CharField("单位", max_length=12)  # a code of rules.MEASURES
    required = models.PositiveSmallIntegerField("应列")
    note = models.CharField("说明", max_length=120, blank=True)

    objects = RosterManager()

    class Meta:
        verbose_name = "名单"
        ordering = ["plan", "item", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "code"], name="roster_code_once_a_plan"),
            models.UniqueConstraint(fields=["plan", "identity"], name="roster_identity_once_a_plan"),
            models.CheckConstraint(condition=Q(required__gte=1), name="roster_requires_something"),
        ]

    def __str__(self) -> str:
        return f"{self.plan.year}年{self.title}"  # the plans of two years have rosters of the same titles


class RosterEntryQuerySet(PlanReaderQuerySet["RosterEntry"]):
    def current(self) -> RosterEntryQuerySet:
        """Filter to the roster names that belong to the newest version of each year's work plan."""
        return self.filter(is_current=True)


class RosterEntry(Record):
    """A name on a roster (list of names) of a work plan, such as a policy, a county, a park or an enterprise.

    An amended plan has entries of its own, copied from the earlier version, whose entries are no longer current.
    """

    roster = models.ForeignKey(
        Roster, models.CASCADE, related_name="entries", verbose_name="名单", limit_choices_to=in_newest_plan
    )
    position = models.PositiveSmallIntegerField("次序")
    name = models.CharField("名称", max_length=80)
    region = models.ForeignKey(Region, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="所在地区")
    is_current = models.BooleanField("现行要点", default=True, editable=False)
    search_text = SearchTextField("name")
    name_order = NameOrderField("name")

    objects = RosterEntryQuerySet.as_manager()

    class Meta:
        verbose_name = "名单条目"
        ordering = ["roster", "position"]
        constraints = [
            models.UniqueConstraint(fields=["roster", "name"], name="roster_name_once"),
            models.CheckConstraint(condition=~Q(name=""), name="roster_entry_named"),
        ]
        indexes = [search_index("search_text", name="roster_entry_search")]

    def __str__(self) -> str:
        return self.name


RosterEntryHistory = create_history_model(RosterEntry)


class TargetQuerySet(PlanReaderQuerySet["Target"]):
    def milestones(self) -> TargetQuerySet:
        return self.filter(shape=Target.Shape.MILESTONE).select_related("item__plan")


class Target(Versioned):
    """A target of a plan item, such as an amount, a count, a range or a milestone."""

    class Shape(models.TextChoices):
        ABSOLUTE = "absolute", "总量（基数加增幅）"
        COUNT = "count", "个数"
        RANGE = "range", "区间（底线和力争）"
        THRESHOLD_COUNT = "threshold_count", "达标户数"
        DIRECTION = "direction", "方向（比上年同期）"
        MILESTONE = "milestone", "时点"
        COMPARATIVE = "comparative", "比上届"
        ROSTER = "roster", "名单"

    class Direction(models.TextChoices):
        RISE = "rise", "提高"
        FALL = "fall", "下降"

    plan = models.ForeignKey(WorkPlan, models.CASCADE, related_name="targets")
    item = models.ForeignKey(PlanItem, models.CASCADE, related_name="targets")
    position = models.PositiveSmallIntegerField("次序")
    code = models.SlugField("编码", max_length=40)
    title = models.CharField("目标", max_length=60)
    shape = models.CharField("类型", max_length=16, choices=Shape)
    indicator = models.CharField("指标", max_length=60, blank=True)  # of the registry, or of settings.TARGET_MEASURES
    over = models.CharField("占比的分母", max_length=60, blank=True)  # a second indicator; the figure is then a share
    unit = models.CharField("单位", max_length=12)  # a code of rules.MEASURES
    base = models.DecimalField("基数", max_digits=14, decimal_places=2, null=True)  # not last year's actual
    growth_pct = models.DecimalField("增幅", max_digits=6, decimal_places=2, null=True)
    value = models.DecimalField("目标数", max_digits=14, decimal_places=2, null=True)
    floor = models.DecimalField("底线", max_digits=14, decimal_places=2, null=True)
    stretch = models.DecimalField("力争", max_digits=14, decimal_places=2, null=True)
    threshold = models.DecimalField("达标线", max_digits=14, decimal_places=2, null=True)
    threshold_unit = models.CharField("达标线单位", max_length=12, blank=True)
    within = models.ForeignKey("self", models.CASCADE, null=True, related_name="+", verbose_name="其中于")
    direction = models.CharField("方向", max_length=4, choices=Direction, blank=True)
    due_on = models.DateField("时限", null=True)
    reached_on = models.DateField("达成日期", null=True)
    roster = models.ForeignKey(Roster, models.CASCADE, null=True, related_name="targets")  # a share: of these

    objects = TargetQuerySet.as_manager()

    class Meta:
        verbose_name = "目标"
        ordering = ["plan", "position"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "code"], name="target_code_once_a_plan"),
            models.UniqueConstraint(fields=["plan", "position"], name="target_position_once_a_plan"),
            models.CheckConstraint(  # a missing number makes a comparison NULL, and NULL passes a CHECK: ask for both
                name="target_has_what_its_shape_needs",
                condition=Q(shape="absolute", base__isnull=False, growth_pct__isnull=False, value__isnull=False)
                | Q(shape="count", value__isnull=False)
                | Q(shape="range", floor__isnull=False, stretch__isnull=False)
                | Q(shape="threshold_count", value__isnull=False, threshold__isnull=False)
                | Q(shape__in=["direction", "comparative"], direction__in=["rise", "fall"])
                | Q(shape="milestone", due_on__isnull=False, indicator="")
                | Q(shape="roster", roster__isnull=False, indicator=""),
            ),
            models.CheckConstraint(
                name="target_numbers_positive",
                condition=(Q(base=None) | Q(base__gt=0))
                & (Q(value=None) | Q(value__gt=0))
                & (Q(floor=None) | Q(floor__gt=0, stretch__gt=F("floor")))
                & (Q(threshold=None) | Q(threshold__gt=0)),
            ),
            models.CheckConstraint(
                condition=Q(shape__in=["milestone", "roster"]) | ~Q(indicator=""),
                name="target_measured_names_indicator",
            ),
            models.CheckConstraint(
                condition=Q(reached_on=None) | Q(shape="milestone"), name="target_reached_is_milestone"
            ),
        ]

    def __str__(self) -> str:
        return self.title
