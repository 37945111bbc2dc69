"""A month in an address: 2013-06, refused in words when it is none."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError

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
