"""The field for words that people type."""

from __future__ import annotations

from typing import Any

from django import forms

from hunan_trade.typed_text import tidy, tidy_lines


class TypedField(forms.CharField):
    """Words without what cannot be seen (`typed_text`): one line, or lines where the page offers several."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return (tidy_lines(text) if isinstance(self.widget, forms.Textarea) else tidy(text)) or self.empty_value
