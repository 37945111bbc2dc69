"""Tests that invisible characters are removed from typed text, in every form."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from django import forms
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from hunan_trade.console.forms_accounts_and_tokens import AccountForm
from hunan_trade.text_cleaning import is_tidy, tidy, tidy_lines
from hunan_trade.web.conflict_detecting_forms import ReasonForm

INVISIBLE = [
    "\u200b",
    "\u3164",
    "\u2800",
    "\u202e",
    "\u2028",
    "\ufeff",
    "\u115f",
    "\u00ad",
    "\ufe0f",
    "\U000e0101",
    "\u3000",
    "\x00",
]
PACKAGES = [
    "hunan_trade.web",
    "hunan_trade.console",
    "hunan_trade.intake",
    "enterprises",
    "targets",
    "reporting",
    "parks",
    "projects",
    "events",
]


@pytest.mark.parametrize("sign", INVISIBLE)
def test_tidy_treats_invisible_characters_as_blanks(sign: str) -> None:
    assert tidy(sign) == tidy_lines(sign) == "" and not is_tidy(sign)


def test_tidy_keeps_visible_text() -> None:
    assert tidy("\u200b 订单推迟\r\n至七月，减少\t12.5 % \ufeff") == "订单推迟  至七月，减少 12.5 %"
    assert tidy("葛\U000e0100洪") == "葛洪" and tidy("𠮷田·é") == "𠮷田·é"
    assert tidy_lines("\n一、\u202e清风\r\n\n 二、明月\u2028三\u200b\n") == "一、 清风\n\n二、明月\n三"


@given(st.text())
def test_tidy_twice_equals_tidy_once(text: str) -> None:
    once = tidy(text)
    assert is_tidy(once) and tidy(once) == once and once == once.strip()


def _form_classes(kind: type[Any]) -> Iterator[type[Any]]:
    form: type[Any]
    for form in kind.__subclasses__():
        yield from _form_classes(form)
        if form.__module__.startswith(tuple(PACKAGES)) and "forms" in form.__module__.rpartition(".")[2]:
            yield form


def test_every_text_field_of_a_form_removes_invisible_characters() -> None:
    for part in PACKAGES:
        for path in (settings.BASE_DIR / part.replace(".", "/")).rglob("*forms*.py"):
            if "tests" not in path.parts:
                import_module(".".join(path.relative_to(settings.BASE_DIR).with_suffix("").parts))
    found = set(_form_classes(forms.BaseForm))
    assert {AccountForm, ReasonForm} <= found
    plain = [
        f"{form.__module__}.{form.__name__}.{name}"
        for form in found
        for name, field in form.base_fields.items()
        if type(field) is forms.CharField
    ]
    assert not plain, "text_cleaning.tidy does not reach them; take web.text_fields.CleanTextField"


@pytest.mark.parametrize("sign", INVISIBLE)
def test_a_reason_of_invisible_characters_is_refused(sign: str) -> None:
    assert not ReasonForm({"reason": sign}).is_valid()
