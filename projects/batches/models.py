"""Tables of the batches of major projects in Xiangnan, of their projects, and of the investment thresholds."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, DateRangeField, RangeOperators
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Func, Q, Value

from hunan_trade.accounts.abstract_decision import Decision, DecisionQuerySet
from hunan_trade.accounts.models import User
from hunan_trade.accounts.region_scope import RegionScopedQuerySet
from hunan_trade.accounts.roles import Permission
from hunan_trade.lists.history.history_models import create_history_model
from hunan_trade.lists.models import Record
from hunan_trade.regions.models import Region
from targets.models import ItemIdentity


class BatchQuerySet(models.QuerySet["Batch"]):
    def visible_to(self, user: User) -> BatchQuerySet:
        """Return all batches of projects if the user may see business figures, otherwise an empty query set."""
        return self if user.may(Permission.SEE_FIGURES) else self.none()


class Batch(Record):
    """A batch of major projects that the province's lead defines, such as the first batch of 92 projects.

    `item` is the plan item that asks for it, by its identity, so that an amended plan leaves the link alone.
    """

    number = models.PositiveSmallIntegerField("批次", unique=True, validators=[MinValueValidator(1)])
    name = models.CharField("名称", max_length=60, unique=True)
    planned_size = models.PositiveSmallIntegerField(
        "计划个数", null=True, blank=True, validators=[MinValueValidator(1)], help_text="还没有定的留空"
    )
    opened_on = models.DateField("启动日期", null=True, blank=True, help_text="启动以后才能列入项目，还没有启动的留空")
    item = models.ForeignKey(
        ItemIdentity, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="工作要点条目"
    )
    note = models.CharField("说明", max_length=120, blank=True)

    objects = BatchQuerySet.as_manager()

    class Meta:
        verbose_name = "湘南批次"
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="batch_named", violation_error_message="批次要有名称。"),
            models.CheckConstraint(
                condition=Q(number__gte=1), name="batch_number_from_1", violation_error_message="批次从 1 起。"
            ),
            models.CheckConstraint(
                condition=Q(planned_size=None) | Q(planned_size__gte=1),
                name="batch_size_from_1",
                violation_error_message="计划个数从 1 起，还没有定的留空。",
            ),
        ]

    def __str__(self) -> str:
        return self.name


BatchHistory = create_history_model(Batch)


class BatchMembershipQuerySet(RegionScopedQuerySet["BatchMembership"]):
    region_field = "city"

    def current(self) -> BatchMembershipQuerySet:
        """Filter to the memberships of projects that have not left their batch."""
        return self.filter(left_on=None)


class BatchMembership(Record):
    """A project's membership of a batch, with its first and last day, the reasons and who entered them.

    It ends and is never deleted. A project is in one batch at a time: on the day of leaving it may join another one.
    `city` is the project's.
    """

    project = models.ForeignKey(
        "projects.Project", models.PROTECT, related_name="batch_memberships", verbose_name="项目"
    )
    batch = models.ForeignKey(Batch, models.PROTECT, related_name="memberships", verbose_name="批次")
    city = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name="市州")
    joined_on = models.DateField("列入日期")
    note = models.CharField("列入说明", max_length=500, blank=True)
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="登记人")
    entered_at = models.DateTimeField("登记时间")
    left_on = models.DateField("退出日期", null=True)
    left_reason = models.CharField("退出原因", max_length=500, blank=True)
    left_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="退出登记人")
    left_at = models.DateTimeField("退出登记时间", null=True)

    objects = BatchMembershipQuerySet.as_manager()

    class Meta:
        verbose_name = "批次名单"
        ordering = ["-joined_on", "-pk"]
        constraints = [
            ExclusionConstraint(
                name="project_in_one_batch_at_a_time",
                expressions=[
                    # A range of one key, which needs no extension of the database as comparing numbers would.
                    (
                        Func(
                            F("project"),
                            F("project"),
                            Value("[]"),
                            function="int8range",
                            output_field=BigIntegerRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                    (
                        Func(
                            F("joined_on"),
                            F("left_on"),
                            Value("[)"),
                            function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
            models.CheckConstraint(
                condition=Q(left_on=None, left_by=None, left_at=None, left_reason="")
                | Q(left_on__gte=F("joined_on"), left_by__isnull=False, left_at__isnull=False) & ~Q(left_reason=""),
                name="batchmembership_left_whole",
            ),
        ]
        indexes = [models.Index(fields=["batch", "city"], name="membership_of_batch")]

    def __str__(self) -> str:
        return f"{self.project} {self.batch}"

    @property
    def state_text(self) -> str:
        return "已退出" if self.left_on else "在册"


BatchMembershipHistory = create_history_model(BatchMembership)


class BatchThreshold(Decision):
    """A decision on the minimum investment of industrial projects that join a batch on or after a certain day.

    Never changed: a later decision takes its place, and projects that joined before stay.
    """

    least_usd = models.DecimalField("投资额下限", max_digits=17, decimal_places=2)
    holds_from = models.DateField("自何日起")

    objects = DecisionQuerySet["BatchThreshold"].as_manager()

    class Meta(Decision.Meta):
        verbose_name = "批次投资额下限"
        constraints = [
            models.UniqueConstraint(fields=["holds_from", "decided_at"], name="batchthreshold_once"),
            models.CheckConstraint(condition=Q(least_usd__gt=0), name="batchthreshold_above_0"),
            *Decision.Meta.constraints,
        ]

    def __str__(self) -> str:
        return f"{self.holds_from} 起 {self.least_usd} 美元"
