"""Form fields and filters for months (2013-06) and ISO 8601 date-times in query parameters."""

from __future__ import annotations

import re
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django_filters.fields import IsoDateTimeField

from hunan_trade.periods import Month


class MonthField(forms.CharField):
    def clean(self, value: Any) -> Any:
        """Return typed text such as 2013-06 as a `Month`, or None if the field is empty."""
        text = super().clean(value)
        if not text:
            return None
        try:
            return Month.parse(text)
        except ValueError:
            raise ValidationError("月份写作 2013-06。", code="invalid") from None


class MonthFilter(django_filters.Filter):
    """Query filter for a month such as 2013-06, on a date column that stores each month as its first day."""

    field_class = MonthField

    def filter(self, qs: Any, value: Month | None) -> Any:
        return qs if value is None else super().filter(qs, value.first)


class MomentField(IsoDateTimeField):
    """Form field for an ISO 8601 date-time; accepts a space for the +, which an unescaped URL turns into a space."""

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = re.sub(r"(T[0-9:.]+) (?=[0-9]{2}(:?[0-9]{2})?$)", r"\1+", value)
        try:
            return super().to_python(value)
        except ValidationError:
            words = "时间写成 2013-07-08T17:30:00+08:00，地址中的加号写作 %(plus)s。"
            raise ValidationError(words, code="invalid", params={"plus": "%2B"}) from None


class MomentFilter(django_filters.IsoDateTimeFilter):
    """Query filter on a date-time column, whose query parameter is an ISO 8601 date-time."""

    field_class = MomentField
