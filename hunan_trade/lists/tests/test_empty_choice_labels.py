"""Tests that the selects of all forms of lists say in words that nothing is chosen."""

from __future__ import annotations

import pytest
from django import forms

from hunan_trade.accounts.tests import factories as cast
from hunan_trade.lists.declaration import declared
from hunan_trade.lists.editing.bulk_edit_form import BulkEditForm
from hunan_trade.lists.editing.record_form import record_form_class

pytestmark = pytest.mark.django_db


def test_no_select_shows_dashes_where_nothing_is_chosen() -> None:
    user = cast.officer()
    shown: dict[str, forms.BaseForm] = {}
    for listing in declared():
        if listing.editing is not None:
            shown[listing.code] = record_form_class(listing, user)(row=listing.model(), user=user)
            shown[f"{listing.code} in bulk"] = BulkEditForm(listing, user)
    dashed = [(form, name) for form, each in shown.items() for name in each.fields if ">---" in str(each[name])]
    assert shown and dashed == []
