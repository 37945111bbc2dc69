"""Form fields of a list's filters, which read the filters' URL parameters.

What cannot be read is refused with a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django_filters.widgets import SuffixedMultiWidget

from hunan_trade import clock
from hunan_trade.periods import Month
from hunan_trade.tabular.column_parsers import to_half_width

MAX_WORDS = 60
_DAY = re.compile(r"([0-9]{4})[-./年]([0-9]{1,2})[-./月]([0-9]{1,2})日?|([0-9]{4})([0-9]{2})([0-9]{2})")
Boxes = Sequence[tuple[str, str | Sequence[tuple[str, str]]]]
NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?")


# --- Values ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class ChosenCodes:
    """The codes that the user chose in a filter, and whether records with these codes are to be excluded.

    False if there are no codes.
    """

    codes: tuple[str, ...] = ()
    excluded: bool = False

    def __bool__(self) -> bool:
        return bool(self.codes)


@dataclass(frozen=True)
class NumberRange:
    """A range of numbers from `low` to `high`, both included; a limit of None leaves that end open.

    False if both ends are open.
    """

    low: Decimal | None = None
    high: Decimal | None = None

    def __bool__(self) -> bool:
        return self.low is not None or self.high is not None

    def describe(self, unit: str) -> str:
        """Return the range in words, such as 300 至 500 万美元, 300 万美元以上 or 500 万美元以下."""
        low, high = (None if end is None else f"{end.normalize():,f}" for end in (self.low, self.high))
        if low and high:
            return f"{low} 至 {high} {unit}"
        return f"{low} {unit}以上" if low else f"{high} {unit}以下"


@dataclass(frozen=True)
class DayRange:
    """A range of days from `first` to `last`, both included, or a named `period` such as this month.

    False if nothing is given.
    """

    first: date | None = None
    last: date | None = None
    period: str = ""

    def __bool__(self) -> bool:
        return bool(self.first or self.last or self.period)

    def bounds(self) -> tuple[date | None, date | None]:
        """Return the first and the last day; a period such as this month is computed from today."""
        return PERIODS[self.period][1]() if self.period else (self.first, self.last)

    def describe(self) -> str:
        """Return the range of days in words, such as 2013-01-01 至 2013-06-30 or 2013-01-01 起."""
        first, last = self.bounds()
        if first and last:
            days = f"{first} 至 {last}"
        else:
            days = f"{first} 起" if first else f"至 {last}"
        return f"{PERIODS[self.period][0]}（{days}）" if self.period else days


def _days_of_months(first: Month, last: Month) -> tuple[date, date]:
    return first.first, last.last


def _this_month() -> Month:
    return Month.of(clock.today())


def _days_of_quarter(month: Month) -> tuple[date, date]:
    return _days_of_months(month.quarter.months[0], month.quarter.last)


def _days_of_year(year: int) -> tuple[date, date]:
    return date(year, 1, 1), date(year, 12, 31)


# Periods of the business calendar by their code: the words, and the days that they are today.
PERIODS: Mapping[str, tuple[str, Callable[[], tuple[date, date]]]] = {
    "this_month": ("本月", lambda: _days_of_months(_this_month(), _this_month())),
    "last_month": ("上月", lambda: _days_of_months(_this_month().previous, _this_month().previous)),
    "this_quarter": ("本季度", lambda: _days_of_quarter(_this_month())),
    "last_quarter": ("上季度", lambda: _days_of_quarter(_this_month().plus(-3))),
    "this_year": ("本年", lambda: _days_of_year(clock.today().year)),
    "last_year": ("上年", lambda: _days_of_year(clock.today().year - 1)),
    "last_30_days": ("近 30 天", lambda: (clock.today() - timedelta(days=29), clock.today())),
}


# --- Fields ---------------------------------------------------------------------------------------------------------
class SearchField(forms.CharField):
    """A form field for the words that a user searches for."""

    widget = forms.TextInput({"type": "search", "maxlength": MAX_WORDS})

    def __init__(self, **extra: Any) -> None:
        messages = {"max_length": f"最多 {MAX_WORDS} 字。"}
        super().__init__(max_length=MAX_WORDS, error_messages=messages, **extra)


class _SuffixedWidget(SuffixedMultiWidget):
    """A widget of several inputs for one filter, named by the filter and a suffix: area_min and area_max.

    A template of its own draws them.
    """

    def __init__(self, template: str, suffixes: Sequence[str], widgets: Sequence[forms.Widget], unit: str) -> None:
        self.template_name, self.suffixes, self.unit = template, suffixes, unit
        super().__init__(widgets)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        context["widget"]["unit"] = self.unit
        return context

    def decompress(self, value: Any) -> list[Any]:
        """Return a list of None for the inputs; Django requires this method, but the inputs are filled from the URL."""
        return [None] * len(self.widgets)


class _SuffixedField(forms.MultiValueField):
    """Base of form fields that read several URL parameters, any of which may be missing."""

    template: str
    suffixes: tuple[str, ...]
    unit = ""
    drawn_by: type[_SuffixedWidget] = _SuffixedWidget

    def __init__(self, parts: Sequence[forms.Field], **extra: Any) -> None:
        widget = self.drawn_by(self.template, self.suffixes, [part.widget for part in parts], self.unit)
        super().__init__(parts, widget=widget, require_all_fields=False, **extra)


@dataclass(frozen=True)
class _Box:
    id: str
    code: str
    label: str
    is_chosen: bool = False


class _ChoiceBoxes(forms.CheckboxSelectMultiple):
    """A widget of checkboxes, some of which are collapsed under titles.

    A chosen one stands in front of the folded ones, also if it has no box otherwise.
    """

    labels: Mapping[str, str] = {}

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = forms.Widget.get_context(self, name, value, attrs)
        found = context["widget"]
        found["groups"] = self._checkbox_groups(found["value"], found["attrs"].get("id", name))
        return context

    def _checkbox_groups(self, chosen: Sequence[str], id_: str) -> list[tuple[str, list[_Box]]]:
        """Return groups of checkboxes: first the visible ones without a title, then the collapsed ones of each title."""
        single, folded = [], []
        for at, (code, label) in enumerate(self.choices):
            if isinstance(label, (list, tuple)):
                boxes = [_Box(f"{id_}_{at}_{nth}", inner, words) for nth, (inner, words) in enumerate(label)]
                folded.append((code, [box for box in boxes if box.code not in chosen]))
            else:
                single.append(_Box(f"{id_}_{at}", code, str(label), code in chosen))
        offered = {box.code for box in single}
        others = [code for code in dict.fromkeys(chosen) if code in self.labels and code not in offered]
        single += [_Box(f"{id_}_chosen_{code}", code, self.labels[code], True) for code in others]
        return [("", single), *folded] if single else folded


class _ChoicesWidget(_SuffixedWidget):
    """The widget of ChoicesField, which renders its checkboxes without a template because that is faster.

    A template takes half of a page's time for the several hundred boxes of a list.
    """

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        found = context["widget"]["subwidgets"][0]
        found["groups"] = [(title, _checkboxes_html(found["name"], boxes)) for title, boxes in found["groups"]]
        return context


def _checkboxes_html(name: str, boxes: Iterable[_Box]) -> SafeString:
    drawn = ((name, box.code, box.id, " checked" if box.is_chosen else "", box.label) for box in boxes)
    return format_html_join("\n", '<label><input type="checkbox" name="{}" value="{}" id="{}"{}> {}</label>', drawn)


class _CodesField(forms.MultipleChoiceField):
    """Form field for several codes; it checks them against the known codes without building the checkboxes."""

    widget = _ChoiceBoxes

    def __init__(self, labels: Mapping[str, str], boxes: Callable[[], Boxes], **extra: Any) -> None:
        self.labels = labels
        super().__init__(choices=boxes, **extra)
        self.widget.labels = labels

    def valid_value(self, value: str) -> bool:
        return value in self.labels


class ChoicesField(_SuffixedField):
    """Form field of a filter: the chosen codes, and whether records with these codes are wanted or excluded.

    `labels` are the titles of all choices by their code. `boxes` gives those that the page offers: pairs, or a title with
    the pairs that are folded below it.
    """

    template = "lists/filter_choices.html"
    suffixes = ("", "not")
    drawn_by = _ChoicesWidget

    def __init__(self, labels: Mapping[str, str], boxes: Callable[[], Boxes], **extra: Any) -> None:
        messages = {"invalid_choice": "“%(value)s”不在可选范围，从列出的里选。"}
        self.labels = labels
        several = _CodesField(labels, boxes, required=False, error_messages=messages)
        excluded = forms.ChoiceField(
            choices=[("on", "除外")], widget=forms.TextInput, required=False, error_messages=messages
        )
        super().__init__([several, excluded], **extra)

    def compress(self, values: list[Any]) -> ChosenCodes:
        return ChosenCodes(tuple(dict.fromkeys(values[0])), values[1] == "on") if values else ChosenCodes()


class DaysField(_SuffixedField):
    """Form field for a range of days, or for a named period such as this month."""

    template = "lists/filter_days.html"
    suffixes = ("after", "before", "in")

    def __init__(self, **extra: Any) -> None:
        periods = [("", "不限"), *((code, words) for code, (words, _) in PERIODS.items())]
        messages = {"invalid_choice": "“%(value)s”不是可选的时段。"}
        period = forms.ChoiceField(choices=periods, required=False, error_messages=messages)
        super().__init__([_DayField(), _DayField(), period], **extra)

    def compress(self, values: list[Any]) -> DayRange:
        days = DayRange(*values) if values else DayRange()
        if days.period and (days.first or days.last):
            raise ValidationError(f"“{PERIODS[days.period][0]}”和起止日期只用一种。")
        if days.first and days.last and days.first > days.last:
            raise ValidationError(f"起 {days.first} 晚于止 {days.last}，对调后再筛。")
        return days


class _DayField(forms.Field):
    """Form field for a day in the usual spellings, such as 2013-06-30, 2013年6月30日 or 20130630."""

    def __init__(self) -> None:
        super().__init__(required=False)

    def to_python(self, value: Any) -> date | None:
        if not value:
            return None
        text = to_half_width(value).strip()
        found = _DAY.fullmatch(text)
        try:
            return date(*(int(part) for part in found.groups() if part)) if found else _raise_invalid_date(text)
        except ValueError:
            return _raise_invalid_date(text)


def _raise_invalid_date(text: str) -> date:
    raise ValidationError(f"“{text[:30]}”不是日期。写作 2013-06-30。")


class AmountField(_SuffixedField):
    """Form field of a filter for a minimum and a maximum, both numbers in a unit such as 万美元."""

    template = "lists/filter_amount.html"
    suffixes = ("min", "max")

    def __init__(self, *, unit: str, **extra: Any) -> None:
        self.unit = unit
        super().__init__([_NumberField(unit), _NumberField(unit)], **extra)

    def compress(self, values: list[Any]) -> NumberRange:
        found = NumberRange(*values) if values else NumberRange()
        if found.low is not None and found.high is not None and found.low > found.high:
            raise ValidationError(f"从 {found.low:f} 大于到 {found.high:f}，对调后再筛。")
        return found


class _NumberField(forms.Field):
    """Form field for a number, in half-width or full-width characters, with or without commas."""

    def __init__(self, unit: str) -> None:
        self.unit = unit
        super().__init__(required=False)

    def to_python(self, value: Any) -> Decimal | None:
        if not (text := to_half_width(value or "").replace(",", "").replace(" ", "")):
            return None
        if not NUMBER.fullmatch(text):
            raise ValidationError(f"“{value[:30]}”不是数。只填数字，单位是{self.unit}。")
        return Decimal(text)


class _FilledWidget(forms.RadioSelect):
    template_name = "lists/filter_filled.html"


class FilledField(forms.ChoiceField):
    """Form field of a filter for records that have a value in a field (有) or have none (无)."""

    widget = _FilledWidget

    def __init__(self, **extra: Any) -> None:
        messages = {"invalid_choice": "“%(value)s”不在可选范围，选有或无。"}
        super().__init__(choices=[("", "不限"), ("yes", "有"), ("no", "无")], error_messages=messages, **extra)
