"""Tests amounts in the edit form of a record, which are typed in 万 with their unit behind the input."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.forms import BoundField
from django.http import QueryDict
from django.template.loader import render_to_string

from hunan_trade.accounts.tests import factories as cast
from hunan_trade.lists.editing.record_form import RecordForm, record_form_class
from hunan_trade.lists.tests.sample_venture_list import VENTURES, Venture, create_ventures_table

pytestmark = pytest.mark.django_db


@pytest.fixture
def venture() -> Venture:
    create_ventures_table()
    return Venture(pk=7, version=1, name="长沙演示项目", city_id=cast.CHANGSHA, total_cny=Decimal(450_000_000))


def sent(venture: Venture, **typed: str) -> RecordForm:
    """Return the form as a page sends it that was opened now, with what was typed."""
    user = cast.reporter(cast.CHANGSHA)
    form_class = record_form_class(VENTURES, user)
    opened = form_class(row=venture, user=user)
    data = QueryDict(mutable=True)
    for name in ("version", "base", "name", "city", "stage", "total_cny"):
        data[name] = str(opened[name].value())
    data.update(typed)
    form = form_class(data, row=venture, user=user)
    form.is_valid()
    return form


def html(form: RecordForm) -> dict[str, str]:
    """Return the HTML of each field of the form, by the field's name."""
    return {
        field.name: render_to_string("components/field.html", {"field": field, "change": change})
        for _, fields in form.groups
        for field, change in fields
        if isinstance(field, BoundField)
    }


@pytest.mark.parametrize(
    ("typed", "stored"), [("48,000.000001", "480000000.01"), ("48000.000001", "480000000.01"), ("", None)]
)
def test_an_amount_is_typed_in_its_unit(venture: Venture, typed: str, stored: str | None) -> None:
    """It is exact, with or without thousands commas."""
    form = sent(venture, total_cny=typed)
    assert form.cleaned_data["total_cny"] == (stored and Decimal(stored))
    assert form.changed_data == ["total_cny"]


def test_an_amount_that_nobody_touched_is_no_change(venture: Venture) -> None:
    form = sent(venture)
    field = html(form)["total_cny"]
    assert 'value="45000"' in field and '<span class="unit" aria-hidden="true">万元</span>' in field
    assert (form.changed_data, form.own_changes) == ([], [])
    assert form.record_values["total_cny"] == Decimal(450_000_000)


def test_a_field_that_was_changed_shows_what_it_was(venture: Venture) -> None:
    """As it was typed it stands in the input; one that nobody touched shows nothing."""
    fields = html(sent(venture, total_cny="48,000", stage="running"))
    assert ">原 45,000<" in fields["total_cny"] and 'value="48,000"' in fields["total_cny"]
    assert ">原 签约<" in fields["stage"] and 'class="field changed"' in fields["stage"]
    assert ">原 " not in fields["name"] and "changed" not in fields["name"]


def test_more_decimals_than_a_hundredth_of_a_yuan_are_refused(venture: Venture) -> None:
    assert sent(venture, total_cny="1.1234567").errors == {"total_cny": ["最多写 6 位小数。"]}
