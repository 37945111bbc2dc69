"""Functions that create and find the history model of a register, which stores all versions of its records.

They have the record's own columns, words and properties.
"""

from __future__ import annotations

from datetime import date, datetime, time
from functools import cached_property
from types import FunctionType
from typing import Any, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

from hunan_trade import clock
from hunan_trade.lists.models import Act, Record, TransactionField

_SHARED = (FunctionType, property, cached_property, staticmethod, classmethod)
_history_models: dict[type[models.Model], type[Any]] = {}


def end_of_day(day: date) -> datetime:
    """Return the last microsecond of a day in Shanghai time."""
    return datetime.combine(day, time.max, clock.SHANGHAI)


class HistoryQuerySet(models.QuerySet[Any]):
    """Base queryset of stored record versions; each register's subclass adds the methods of its own queryset."""

    def as_of(self, day: date) -> Self:
        """Filter to the versions valid at the end of the day, at most one for each record.

        Those of records deleted later are among them.
        """
        return self.valid_at(end_of_day(day))

    def valid_at(self, moment: datetime) -> Self:
        """Filter to the versions valid at the moment, at most one for each record.

        Those that began with it are included.
        """
        return self.filter(Q(valid_to=None) | Q(valid_to__gt=moment), valid_from__lte=moment)

    def last_versions(self) -> Self:
        """Filter to the last version of every record; for a deleted record, the version of its deletion."""
        later = self.model._default_manager.filter(id=OuterRef("id"), version__gt=OuterRef("version"))
        return self.filter(Q(valid_to=None) | Q(is_deletion=True) & ~Exists(later))

    def visible_to(self, user: Any) -> Self:
        """Filter to all versions of the records that the user may see today.

        That is judged by a record's last version.
        """
        last = self.model._default_manager.last_versions()
        return self.filter(id__in=last.versions_visible_to(user).order_by().values("id"))

    def versions_visible_to(self, user: Any) -> Self:
        """Filter to the versions that the user was allowed to see, judged by each version's own fields."""
        return super().visible_to(user)  # type: ignore[misc,no-any-return]


def create_history_model(model: type[Record]) -> type[Any]:
    """Create the model that stores all versions of a register's records, such as ParkHistory for Park.

    It has the record's fields under the same names, so that filters, order and columns of its list run on versions as
    they do on records, and `valid_from`, `valid_to` (None: stands), `act` and `is_deletion`; `ended_xid` is the
    transaction that ended the version. Its `pk` is the record's: of one day there is one version of a record, but of all
    days there are several. Only `track_history`'s triggers write the table.
    """
    meta = model._meta
    attributes: dict[str, Any] = {
        "__module__": model.__module__,
        "__doc__": f"Versions of {meta.object_name}.",
        **{name: value for name, value in vars(model).items() if name[0] != "_" and isinstance(value, _SHARED)},
        "__str__": model.__str__,
        "region_code": Record.region_code,
        **{field.name: _copy_field(field) for field in meta.local_concrete_fields},
        "valid_from": models.DateTimeField("起"),
        "valid_to": models.DateTimeField("止", null=True),
        "ended_xid": TransactionField("终止序号", null=True),
        "act": models.ForeignKey(
            Act, models.DO_NOTHING, null=True, related_name="+", db_constraint=False, verbose_name="办理"
        ),
        "is_deletion": models.BooleanField("删除", default=False),
        "objects": _queryset_class(model).as_manager(),
        "Meta": type("Meta", (), {"app_label": meta.app_label, "verbose_name": f"{meta.verbose_name}历次内容"}),
    }
    made = type(f"{meta.object_name}History", (models.Model,), attributes)
    _history_models[model] = made
    return made


def find_history_model(model: type[models.Model]) -> type[Any]:
    """Return the model that stores the versions of a register's records; raise KeyError if it keeps none."""
    return _history_models[model]


def keeps_history(model: type[models.Model]) -> bool:
    return model in _history_models


def _queryset_class(model: type[models.Model]) -> Any:
    own = model._default_manager.all().__class__
    return type(f"{model.__name__}HistoryQuerySet", (HistoryQuerySet, own), {})


def _copy_field(field: Any) -> Any:
    """Return a copy of a model field for the history table, without uniqueness, constraints and indexes.

    A field that the database computes is copied as what it came to.
    """
    if isinstance(field, models.ForeignKey):
        return models.ForeignKey(
            field.remote_field.model,
            models.DO_NOTHING,
            null=field.null,
            blank=field.blank,
            related_name="+",
            db_constraint=False,
            db_index=False,
            verbose_name=field.verbose_name,
        )
    if isinstance(field, models.AutoField | models.BigAutoField):
        return models.BigIntegerField(field.verbose_name, primary_key=True)
    if field.generated:
        return field.history_table_field()
    _, _, args, kwargs = field.deconstruct()
    for key in ("unique", "db_index", "db_default"):
        kwargs.pop(key, None)
    return type(field)(*args, **kwargs)
