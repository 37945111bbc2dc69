"""Form field for text, which removes invisible characters."""

from __future__ import annotations

from typing import Any

from django import forms

from hunan_trade.text_cleaning import tidy, tidy_lines


class CleanTextField(forms.CharField):
    """Form field for one or several lines of text; removes invisible characters from what was typed."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return (tidy_lines(text) if isinstance(self.widget, forms.Textarea) else tidy(text)) or self.empty_value
