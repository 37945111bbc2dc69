"""Filters of the lists of accounts, codes, tokens, audit events and jobs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet

from hunan_trade.accounts.roles import Role
from hunan_trade.audit.event_label_lookup import kind_choices
from hunan_trade.lists.filters import ChoicesFilter, DaysFilter, ListFilterSet, RegionFilter, SearchFilter
from hunan_trade.regions.queries import cities

NO_ROLE = "none"


class _RoleFilter(ChoicesFilter):
    def any_of(self, codes: Sequence[str]) -> Q:
        return super().any_of(["" if code == NO_ROLE else code for code in codes])


class _OpenFilter(ChoicesFilter):
    def any_of(self, codes: Sequence[str]) -> Q:
        return Q(is_active__in=[code == "open" for code in codes])


class AccountFilter(ListFilterSet):
    role = _RoleFilter(choices=[(NO_ROLE, "未授权"), *Role.choices])
    region = RegionFilter(label="市州")
    state = _OpenFilter(label="状态", field_name="is_active", choices=[("open", "启用"), ("closed", "停用")])


class _ReleasedFilter(ChoicesFilter):
    def any_of(self, codes: Sequence[str]) -> Q:
        return Q(is_released__in=[code == "released" for code in codes])


class CodeFilter(ListFilterSet):
    state = _ReleasedFilter(
        label="状态", field_name="released_at", choices=[("waiting", "待放行"), ("released", "已放行")]
    )
    created_at = DaysFilter(label="申请时间")


class _TokenSearchFilter(SearchFilter):
    """Search filter for API tokens that ignores hnt_ at the start of the search text."""

    def filter(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        return super().filter(rows, value.removeprefix("hnt_"))


class TokenFilter(ListFilterSet):
    q = _TokenSearchFilter(label="查找")
    scope = ChoicesFilter()
    expires_at = DaysFilter(label="到期")


class _EventSearchFilter(SearchFilter):
    """Filter that finds audit events by request id, event number, or part of the actor, object or reason.

    The order stays that of the log. The log is long and has no stored search text.
    """

    whole_match_first = False

    def filter(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return rows
        parts = ("actor_name", "object_label", "reason")
        found = reduce(or_, (Q(**{f"{name}__icontains": value}) for name in parts), Q(request_id=value))
        return rows.filter(
            found | Q(seq=int(value)) if value.isascii() and value.isdigit() and len(value) < 18 else found
        )


class _VerbFilter(ChoicesFilter):
    def any_of(self, codes: Sequence[str]) -> Q:
        return reduce(or_, (Q(verb__startswith=f"{code}.") for code in codes))


class _EventRegionFilter(ChoicesFilter):
    """Filter for audit events by city: events about something in the city, or caused by one of its users."""

    def any_of(self, codes: Sequence[str]) -> Q:
        return Q(region__in=codes) | Q(actor_region__in=codes)


def city_choices() -> list[tuple[str, str]]:
    return [(city.code, city.name) for city in cities()]


class EventFilter(ListFilterSet):
    """Filters of the audit log, such as by city or by day of recording (the real day, even in the demo).

    They are days in Shanghai, not the demo's business days.
    """

    q = _EventSearchFilter(label="查找")
    kind = _VerbFilter(label="事件", field_name="verb", choices=kind_choices)
    role = ChoicesFilter(label="角色", field_name="actor_role", choices=Role.choices)
    result = ChoicesFilter(label="结果")
    region = _EventRegionFilter(label="市州", choices=city_choices)
    at = DaysFilter(label="时间", field_name="recorded_at")


class JobFilter(ListFilterSet):
    state = ChoicesFilter()
    created_at = DaysFilter(label="交办")
