"""Form field for an amount of money that is typed in 万."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from hunan_trade import quantities

_MOST_DECIMALS = 6  # of an amount in 万, which is a hundredth of a dollar or yuan


class WanField(forms.DecimalField):
    """Form field for an amount of money in 万 (10,000): typed 1.5 becomes 15000 dollars or yuan."""

    widget = forms.TextInput

    def prepare_value(self, value: Any) -> Any:
        return quantities.money_to_wan_text(value) if isinstance(value, Decimal) else value

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]  # the stubs take it for an integer
        typed = super().to_python(value.replace(",", "") if isinstance(value, str) else value)
        if typed is None:
            return None
        if -int(typed.as_tuple().exponent) > _MOST_DECIMALS:
            raise ValidationError(f"最多写 {_MOST_DECIMALS} 位小数。")
        return quantities.wan_to_money(typed)

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(initial != self.to_python(data))
        except ValidationError:
            return True
