"""Functions that confine the regions which a user may give to records.

An account of a city writes records of that city alone; the list's action refuses other regions anyway.
"""

from __future__ import annotations

from django import forms
from django.db.models import Q

from hunan_trade.accounts.models import User
from hunan_trade.regions.models import Region


def own_regions(user: User) -> Q:
    """Return the condition of the regions that the user's records may be in, which are all for the province."""
    return Q(pk=user.region_id) | Q(parent=user.region_id) if user.is_city else Q()


def offer_own_regions(form: forms.Form, user: User) -> None:
    """Offer in the form's fields only regions of the user; where that is the own city alone, it is filled in."""
    if not user.is_city:
        return
    for name, field in form.fields.items():
        if isinstance(field, forms.ModelChoiceField) and field.queryset is not None and field.queryset.model is Region:
            field.queryset = field.queryset.filter(own_regions(user))
            if form.initial.get(name) is None and [user.region_id] == [region.pk for region in field.queryset]:
                form.initial[name] = user.region_id
