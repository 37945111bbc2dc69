"""Months and moments in an address: 2013-06, 2013-07-08T17:30:00+08:00; refused in words when they are none."""

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
        """A Month, or None where nothing is asked."""
        text = super().clean(value)
        if not text:
            return None
        try:
            return Month.parse(text)
        except ValueError:
            raise ValidationError("月份写作 2013-06。", code="invalid") from None


class MonthFilter(django_filters.Filter):
    """Narrows by the first day that months are stored as."""

    field_class = MonthField

    def filter(self, qs: Any, value: Month | None) -> Any:
        return qs if value is None else super().filter(qs, value.first)


class MomentField(IsoDateTimeField):
    """A plus that was not written as %2B arrives as a blank: behind a time it can be nothing else."""

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = re.sub(r"(T[0-9:.]+) (?=[0-9]{2}(:?[0-9]{2})?$)", r"\1+", value)
        try:
            return super().to_python(value)
        except ValidationError:
            words = "时间写成 2013-07-08T17:30:00+08:00，地址中的加号写作 %(plus)s。"
            raise ValidationError(words, code="invalid", params={"plus": "%2B"}) from None


class MomentFilter(django_filters.IsoDateTimeFilter):
    """Takes a moment as programs write it."""

    field_class = MomentField
