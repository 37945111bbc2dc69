"""Records of registers, and the acts by which they change."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models.expressions import Func


class TransactionField(models.Field):  # type: ignore[type-arg]  # Django's class takes none
    """Number of a database transaction in 64 bits (xid8), which grows in the order in which transactions began."""

    def db_type(self, connection: Any) -> str:
        return "xid8"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> int | None:
        return None if value is None else int(value)

    def to_python(self, value: Any) -> int | None:
        return None if value is None else int(value)

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return value if value is None or hasattr(value, "resolve_expression") else int(value)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        value = super().get_db_prep_value(value, connection, prepared)
        return str(value) if isinstance(value, int) else value  # PostgreSQL compares no xid8 with an integer


class CurrentTransaction(Func):
    """The number of the present transaction."""

    function = "pg_current_xact_id"
    arity = 0


class Record(models.Model):
    """A record of a register. Its table's triggers count the changes and keep every version (ADR 19).

    `version` is 1 in a new record and raised by every change, `changed_xid` is the transaction of the last one.
    """

    version = models.PositiveIntegerField("版本", default=1, db_default=1, editable=False)
    changed_xid = TransactionField("变更序号", db_default=CurrentTransaction(), editable=False)

    class Meta:
        abstract = True

    @property
    def region_code(self) -> str:
        """Code of the region that the record belongs to; "" where it has none. Events about it name it."""
        return getattr(self, "region_id", None) or getattr(self, "city_id", None) or ""


class Act(models.Model):
    """Something that somebody did to records of one list at one time. The versions that it made point to it.

    `at` is business time, the same in all acts of a transaction. `by` is empty and `by_name` a system's name where no
    signed-in person acted. `reference` names what the act belongs to, where that is more than a form: "import:12", or
    "act:40", which this one takes back.
    """

    class Kind(models.TextChoices):
        LOADED = "loaded", "载入"
        CREATED = "created", "登记"
        EDITED = "edited", "修改"
        DELETED = "deleted", "删除"
        BULK = "bulk", "批量修改"
        IMPORTED = "imported", "导入"
        MOVED = "moved", "办理"
        TAKEN_BACK = "taken_back", "撤回"
        UNDONE = "undone", "整批撤销"

    kind = models.CharField("方式", max_length=10, choices=Kind)
    listing = models.CharField("名录", max_length=40)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="经手人", db_index=False
    )
    by_name = models.CharField("经手", max_length=150)
    at = models.DateTimeField("时间")
    reason = models.TextField("原因", blank=True)
    reference = models.CharField("来由", max_length=60, blank=True)

    class Meta:
        verbose_name = "办理"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    kind__in=[
                        "loaded",
                        "created",
                        "edited",
                        "deleted",
                        "bulk",
                        "imported",
                        "moved",
                        "taken_back",
                        "undone",
                    ]
                ),
                name="act_kind_known",
            ),
            models.CheckConstraint(condition=~models.Q(by_name=""), name="act_says_who"),
        ]
        indexes = [
            models.Index(fields=["reference"], name="act_by_reference", condition=~models.Q(reference="")),
        ]

    def __str__(self) -> str:
        return f"{self.by_name} {self.get_kind_display()}"
