"""Filters of the lists of accounts, tokens and audit events."""

from __future__ import annotations

import django_filters
from django import forms
from django.db.models import Q, QuerySet

from hunan_trade.accounts.models import Token, User
from hunan_trade.accounts.roles import Role
from hunan_trade.audit.event_labels import kind_choices
from hunan_trade.audit.models import Event
from hunan_trade.regions.models import Region


class AccountFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label="查找", method="by_text")
    role = django_filters.ChoiceFilter(
        label="角色", choices=[("none", "未授权"), *Role.choices], method="by_role", empty_label="全部"
    )
    region = django_filters.ModelChoiceFilter(label="市州", queryset=Region.objects.cities(), empty_label="全部")
    state = django_filters.ChoiceFilter(
        label="状态", choices=[("open", "启用"), ("closed", "停用")], method="by_state", empty_label="全部"
    )

    class Meta:
        model = User
        fields = ["q", "role", "region", "state"]

    def by_text(self, rows: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        return rows.filter(Q(username__icontains=value) | Q(name__icontains=value))

    def by_role(self, rows: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        return rows.filter(role="" if value == "none" else value)

    def by_state(self, rows: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        return rows.filter(is_active=value == "open")


class TokenFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label="查找", method="by_text")
    scope = django_filters.ChoiceFilter(label="范围", choices=Token.Scope.choices, empty_label="全部")

    class Meta:
        model = Token
        fields = ["q", "scope"]

    def by_text(self, rows: QuerySet[Token], name: str, value: str) -> QuerySet[Token]:
        return rows.filter(
            Q(prefix__startswith=value.removeprefix("hnt_"))
            | Q(label__icontains=value)
            | Q(user__name__icontains=value)
        )


class EventFilter(django_filters.FilterSet):
    """Filter form of the audit log; its dates are calendar days in Shanghai.

    They are not the demo's business dates.
    """

    q = django_filters.CharFilter(label="查找", method="by_text")
    kind = django_filters.ChoiceFilter(label="事件", choices=kind_choices, method="by_kind", empty_label="全部")
    role = django_filters.ChoiceFilter(label="角色", field_name="actor_role", choices=Role.choices, empty_label="全部")
    result = django_filters.ChoiceFilter(label="结果", choices=Event.Result.choices, empty_label="全部")
    region = django_filters.ModelChoiceFilter(
        label="市州", queryset=Region.objects.cities(), method="by_region", empty_label="全部"
    )
    since = django_filters.DateFilter(
        label="自",
        field_name="recorded_at__date",
        lookup_expr="gte",
        widget=forms.DateInput(attrs={"type": "date", "class": "w-m"}),
    )
    until = django_filters.DateFilter(
        label="至",
        field_name="recorded_at__date",
        lookup_expr="lte",
        widget=forms.DateInput(attrs={"type": "date", "class": "w-m"}),
    )

    class Meta:
        model = Event
        fields = ["q", "kind", "role", "result", "region", "since", "until"]

    def by_text(self, rows: QuerySet[Event], name: str, value: str) -> QuerySet[Event]:
        wanted = (
            Q(actor_name__icontains=value)
            | Q(object_label__icontains=value)
            | Q(request_id=value)
            | Q(reason__icontains=value)
        )
        return rows.filter(
            wanted | Q(seq=int(value)) if value.isascii() and value.isdigit() and len(value) < 18 else wanted
        )

    def by_kind(self, rows: QuerySet[Event], name: str, value: str) -> QuerySet[Event]:
        return rows.filter(verb__startswith=f"{value}.")

    def by_region(self, rows: QuerySet[Event], name: str, value: Region) -> QuerySet[Event]:
        return rows.filter(Q(region=value.pk) | Q(actor_region=value.pk))
