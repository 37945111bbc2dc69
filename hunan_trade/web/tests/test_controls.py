"""Controls drawn by hand are, to the letter that a browser reads, those of Django's own templates."""

from __future__ import annotations

from html import unescape

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates, get_default_renderer
from django.test.html import parse_html
from django.utils.safestring import mark_safe

from hunan_trade.web.controls import _DRAWN, Drawn

EVIL = "\"><script>alert('1')</script>&amp;"
CHOICES = [("", "全部"), ("a", EVIL), (EVIL, "b"), ("组", [(1, "一"), (2, mark_safe("<b>二</b>"))])]
ATTRS = {"class": f"w-m {EVIL}", "data-x": EVIL, "required": True, "disabled": False, "maxlength": 12}
VALUES = [None, "", "a", EVIL, mark_safe("a &amp; b"), 1, 2, "2", 1234567.5]


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize(
    "widget",
    [forms.TextInput, forms.NumberInput, forms.EmailInput, forms.URLInput, forms.PasswordInput, forms.HiddenInput,
     forms.DateInput, forms.DateTimeInput, forms.TimeInput, forms.SearchInput, forms.Select, forms.NullBooleanSelect],
)  # fmt: skip
def test_each_control_reads_as_djangos_own(widget: type[forms.Widget], value: object) -> None:
    made = widget(attrs=ATTRS, choices=CHOICES) if widget is forms.Select else widget(attrs=ATTRS)
    assert made.template_name in _DRAWN, "nothing is compared"
    drawn = made.render("名<", value, renderer=Drawn())
    own = made.render("名<", value, renderer=DjangoTemplates())
    assert parse_html(drawn) == parse_html(own)
    assert sorted(unescape(drawn).split()) == sorted(unescape(own).split()) and drawn.count("<") == own.count("<")


def test_other_widgets_are_left_to_the_templates() -> None:
    assert isinstance(get_default_renderer(), Drawn)
    assert "<textarea" in forms.Textarea().render("t", "x", renderer=Drawn())
