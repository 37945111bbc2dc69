"""Tables of the register of projects, and codes of the indicators about projects."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q

from hunan_trade.accounts.models import User
from hunan_trade.accounts.region_scope import RegionScopedQuerySet
from hunan_trade.accounts.roles import CITY_ROLES, PROVINCE_ROLES
from hunan_trade.industries.models import Industry
from hunan_trade.lists.history.history_models import create_history_model
from hunan_trade.lists.models import Record
from hunan_trade.lists.search.text_search import NameOrderField, SearchTextField, search_index
from hunan_trade.regions.models import XIANGNAN, Region
from hunan_trade.regions.models_project_origins import SourcePlace
from parks.models import Park
from projects.batches.models import Batch as Batch
from projects.batches.models import BatchHistory as BatchHistory
from projects.batches.models import BatchMembership as BatchMembership
from projects.batches.models import BatchMembershipHistory as BatchMembershipHistory
from projects.batches.models import BatchThreshold as BatchThreshold
from projects.capital_increases.models import CapitalIncrease as CapitalIncrease
from projects.capital_increases.models import CapitalIncreaseHistory as CapitalIncreaseHistory
from projects.choices import (
    BatchState,
    CountingRule,
    FortuneCode,
    IntroducerKind,
    Kind,
    ProjectClass,
    Stage,
    Status,
    VerdictCode,
)
from projects.closed_years.models import YearClosing as YearClosing
from projects.contact_log.models import ProjectContact as ProjectContact
from projects.contact_log.models import ProjectContactHistory as ProjectContactHistory
from projects.counting.models_counting_decision import CountingDecision as CountingDecision
from projects.duplicates.models import ProjectPair as ProjectPair
from projects.duplicates.models import ProjectPairHistory as ProjectPairHistory
from projects.followers.models import ProjectFollower as ProjectFollower
from projects.fortune_500.models import FortuneGroup as FortuneGroup
from projects.fortune_500.models import FortuneGroupHistory as FortuneGroupHistory
from projects.monthly_progress.models import ProjectMonth as ProjectMonth
from projects.project_codes import parse_project_code
from projects.stages.models import StageEntry as StageEntry
from projects.stages.models import StageEntryHistory as StageEntryHistory
from projects.terminations.models import Termination as Termination
from projects.terminations.models import TerminationHistory as TerminationHistory
from projects.total_fields import TotalField, total_amount_field

VERDICTS = [(each.value, each.label) for each in VerdictCode]
VERDICT_RULES = [(rule.value, f"{rule.value} {rule.label}") for rule in CountingRule]
CODE = r"^[A-Z]{2,3}-[0-9]{4}-[0-9]{4,6}$"


class IndicatorCode(models.TextChoices):
    """Codes of the indicators that are published from accepted city summaries, such as exports (出口总额)."""

    EXPORT = "projects.export_total", "出口总额"
    IMPORT = "projects.import_total", "进口总额"
    UNDERTAKEN = "projects.undertaken_projects", "新承接产业转移项目"
    FORTUNE_500 = "projects.fortune_500", "引进世界500强企业"
    DOMESTIC_CONTRACTED = "projects.domestic_contracted", "合同引进省外境内资金"
    DOMESTIC_PAID_IN = "projects.domestic_paid_in", "实际到位省外境内资金"
    FOREIGN_CONTRACTED = "projects.foreign_contracted", "合同利用外资"
    FOREIGN_USED = "projects.foreign_used", "实际使用外资"
    JOBS = "projects.jobs", "新增就业"


class ProjectCodeField(models.CharField):  # type: ignore[type-arg]  # Django's class takes none
    """Model field for project codes such as CZ-2013-0146, which normalises width, letter case and blanks."""

    default_validators = [RegexValidator(CODE, "编号写作 CZ-2013-0146。")]

    def to_python(self, value: Any) -> Any:
        return str(parse_project_code(value) or value) if isinstance(value, str) else value


class ProjectQuerySet(RegionScopedQuerySet["Project"]):
    region_field = "city"

    def of_city(self, code: str) -> ProjectQuerySet:
        return self.filter(city=code)

    def active(self) -> ProjectQuerySet:
        """Filter to the projects that are neither terminated nor finished."""
        return self.exclude(status__in=[Status.TERMINATED, Status.FINISHED])


def _money_field(title: str) -> models.DecimalField:  # type: ignore[type-arg]  # Django's class takes none
    return models.DecimalField(
        title, max_digits=17, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )


def _date_field(title: str) -> models.DateField:  # type: ignore[type-arg]
    return models.DateField(title, null=True, blank=True)


def _derived_date_field(title: str) -> models.DateField:  # type: ignore[type-arg]
    return models.DateField(title, null=True, editable=False)


class Project(Record):
    """A major project that moves to the province, followed from its intention (意向) to its operation (营运).

    `code` names it for ever and is never given again. Money is in yuan or dollars; the two are never summed.
    The stage and its days follow from the steps (`stages.models`) and are not written by hand; the status is apart from
    it. `contracted_*` are the amounts of the first contract, `increased_*` the sums of the valid increases. Whether it
    counts, by which rule and on which day follows from the steps (`counting.verdicts`). `batch` is that of the membership
    which has not ended (`batches.actions`).
    """

    # Codes of the documents attached to it, where `stages.stage_facts.prefetch_documents` has read them.
    attached_documents: frozenset[str] | None = None

    code = ProjectCodeField("编号", max_length=15, unique=True, blank=True, help_text="由系统给，不再改")
    name = models.CharField("项目名称", max_length=100)
    city = models.ForeignKey(
        Region, models.PROTECT, related_name="+", verbose_name="市州", limit_choices_to={"level": "city"}
    )
    area = models.ForeignKey(
        Region,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="县市区",
        limit_choices_to={"level__in": ["county", "functional"]},
    )
    park = models.ForeignKey(Park, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="园区")
    investors = models.CharField(
        "投资方", max_length=300, blank=True, help_text="几家的用顿号分开，可写股比：甲公司 60%、乙公司 40%"
    )
    investor_groups = models.CharField(
        "投资方集团", max_length=200, blank=True, help_text="投资方所属的集团，世界500强按它认；几家的用顿号分开"
    )
    investor_keys = ArrayField(
        models.CharField(max_length=300), verbose_name="投资方（比对用）", default=list, editable=False
    )
    source = models.ForeignKey(
        SourcePlace, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="来源地"
    )
    via = models.ForeignKey(
        SourcePlace,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="经由地",
        help_text="经另一地转来的填，如台湾经东莞",
    )
    industry = models.ForeignKey(
        Industry,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="行业",
        limit_choices_to={"level__in": ["division", "group"]},
        help_text="国民经济行业分类，到中类；定不下的到大类",
    )
    project_class = models.CharField("类别", max_length=14, choices=ProjectClass, default=ProjectClass.INDUSTRY)
    kind = models.CharField(
        "细类", max_length=20, choices=Kind, blank=True, help_text="基础设施和公共服务平台项目填，产业项目不填"
    )
    total_investment_cny = _money_field("总投资（人民币）")
    total_investment_usd = _money_field("总投资（美元）")
    contracted_cny = _money_field("合同省外境内资金")
    contracted_usd = _money_field("合同外资")
    increased_cny = total_amount_field("增资内资")
    increased_usd = total_amount_field("增资外资")
    contracted_total_cny = TotalField("合同内资合计", "contracted_cny", "increased_cny")
    contracted_total_usd = TotalField("合同外资合计", "contracted_usd", "increased_usd")
    jobs = models.PositiveIntegerField("计划就业", null=True, blank=True)
    land_mu = models.PositiveIntegerField("用地（亩）", null=True, blank=True)
    factory_m2 = models.PositiveIntegerField("标准厂房（平方米）", null=True, blank=True)
    registered_on = _date_field("工商注册日期")
    introducer_kind = models.CharField("引荐方", max_length=12, choices=IntroducerKind, blank=True)
    introducer = models.CharField("引荐单位或个人", max_length=80, blank=True)
    city_contact = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="市州联系人",
        limit_choices_to={"role__in": sorted(CITY_ROLES)},
    )
    province_contact = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="省厅联系人",
        limit_choices_to={"role__in": sorted(PROVINCE_ROLES)},
    )
    investor_contact = models.CharField("投资方联系人", max_length=120, blank=True, help_text="姓名、职务、电话")
    intended_on = models.DateField("意向日期", help_text="初次表明意向的日子，不晚于今天")
    expected_signed_on = _date_field("预计签约")
    expected_landed_on = _date_field("预计落地")
    expected_produced_on = _date_field("预计投产")
    expected_operated_on = _date_field("预计营运")
    stage = models.CharField("阶段", max_length=10, choices=Stage, default=Stage.INTENDED, editable=False)
    accepted_stage = models.CharField("核定阶段", max_length=10, choices=Stage, default=Stage.INTENDED, editable=False)
    signed_on = _derived_date_field("签约日期")
    landed_on = _derived_date_field("落地日期")
    produced_on = _derived_date_field("投产日期")
    operated_on = _derived_date_field("营运日期")
    last_contact_on = _derived_date_field("最近联系")
    batch = models.ForeignKey(
        Batch, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="批次", editable=False
    )
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.ACTIVE, editable=False)
    status_reason = models.CharField("状态原因", max_length=500, blank=True, editable=False)
    verdict = models.CharField(
        "计数判定", max_length=20, choices=VERDICTS, default=VerdictCode.NOT_SIGNED, editable=False
    )
    verdict_rule = models.CharField("判定规则", max_length=2, choices=VERDICT_RULES, default="R2", editable=False)
    counted_on = models.DateField("计入日期", null=True, editable=False)
    fortune_verdict = models.CharField("世界500强判定", max_length=24, choices=FortuneCode, blank=True, editable=False)
    fortune_count = models.PositiveSmallIntegerField("计入500强集团", default=0, editable=False)
    repeats_contract = models.BooleanField("与另一项目同一合同", default=False, editable=False)
    note = models.CharField("说明", max_length=300, blank=True)
    search_text = SearchTextField("name", "code", "investors")
    name_order = NameOrderField("name")

    objects = ProjectQuerySet.as_manager()

    class Meta:
        verbose_name = "项目"
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=Q(code__regex=CODE), name="project_code"),
            models.CheckConstraint(
                condition=~Q(name=""), name="project_named", violation_error_message="项目要有名称。"
            ),
            models.CheckConstraint(condition=Q(stage__in=Stage.values), name="project_stage_known"),
            models.CheckConstraint(condition=Q(accepted_stage__in=Stage.values), name="project_accepted_stage_known"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="project_status_known"),
            models.CheckConstraint(condition=Q(project_class__in=ProjectClass.values), name="project_class_known"),
            models.CheckConstraint(condition=Q(kind="") | Q(kind__in=Kind.values), name="project_kind_known"),
            models.CheckConstraint(
                condition=Q(introducer_kind="") | Q(introducer_kind__in=IntroducerKind.values),
                name="project_introducer_known",
            ),
            models.CheckConstraint(
                condition=Q(status=Status.ACTIVE, status_reason="") | ~Q(status=Status.ACTIVE) & ~Q(status_reason=""),
                name="project_status_reason",
            ),
            models.CheckConstraint(condition=Q(verdict__in=dict(VERDICTS)), name="project_verdict_known"),
            models.CheckConstraint(
                condition=Q(verdict_rule__in=CountingRule.values), name="project_verdict_rule_known"
            ),
            models.CheckConstraint(
                condition=Q(verdict=VerdictCode.COUNTED, counted_on__isnull=False)
                | ~Q(verdict=VerdictCode.COUNTED) & Q(counted_on=None),
                name="project_counted_on_a_day",
            ),
            models.CheckConstraint(
                condition=Q(fortune_verdict="") | Q(fortune_verdict__in=FortuneCode.values),
                name="project_fortune_verdict_known",
            ),
            models.CheckConstraint(
                condition=Q(fortune_verdict=FortuneCode.COUNTED, fortune_count__gte=1, verdict=VerdictCode.COUNTED)
                | ~Q(fortune_verdict=FortuneCode.COUNTED) & Q(fortune_count=0),
                name="project_fortune_counts_groups",
            ),
            *(
                models.CheckConstraint(
                    condition=Q(**{f"{name}__isnull": True}) | Q(**{f"{name}__gte": 0}), name=f"project_{name}_from_0"
                )
                for name in (
                    "total_investment_cny",
                    "total_investment_usd",
                    "contracted_cny",
                    "contracted_usd",
                )
            ),
        ]
        indexes = [
            search_index("search_text", name="project_search"),
            models.Index(fields=["city", "stage", "status"], name="project_by_city"),
            models.Index(fields=["city", "-id"], name="project_of_city_newest"),  # the list's order
            models.Index(fields=["counted_on"], condition=~Q(investor_groups=""), name="project_of_groups"),
            # Without fastupdate: an import compares the rows that it has just written, each by this index.
            GinIndex(fields=["investor_keys"], fastupdate=False, name="project_by_investor"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def unaccepted_stage_note(self) -> str:
        return "" if self.stage == self.accepted_stage else "未核定"

    @property
    def is_active(self) -> bool:
        return self.status not in (Status.TERMINATED, Status.FINISHED)

    @property
    def is_merged(self) -> bool:
        """Whether the project was merged into another one: then, and only then, its verdict is by rule R5."""
        return self.verdict_rule == CountingRule.R5

    @property
    def batch_state(self) -> BatchState:
        if self.batch_id is not None:
            return BatchState.LISTED
        return BatchState.UNLISTED if self.city_id in XIANGNAN else BatchState.OUTSIDE


ProjectHistory = create_history_model(Project)


class CodeCounter(models.Model):
    """Counter that stores the last project number given out in a city and year."""

    city = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name="市州")
    year = models.PositiveSmallIntegerField("年度")
    last = models.PositiveIntegerField("末号")

    class Meta:
        verbose_name = "项目编号"
        constraints = [
            models.UniqueConstraint(fields=["city", "year"], name="one_counter_a_city_and_year"),
            models.CheckConstraint(condition=Q(last__gte=1), name="code_counter_from_1"),
        ]

    def __str__(self) -> str:
        return f"{self.city_id} {self.year} {self.last}"
