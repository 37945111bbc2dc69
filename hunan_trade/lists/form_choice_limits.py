"""Functions that limit which regions and people a user may enter in a record.

An account of a city writes records of that city alone; the list's action refuses other regions and people anyway.
"""

from __future__ import annotations

from django import forms
from django.db.models import Model, Q

from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import PROVINCE_ROLES
from hunan_trade.regions.models import Region


def allowed_choices(model: type[Model], user: User) -> Q:
    """Return the query condition for the regions or people that the user may enter in a record.

    Of a city these are its regions, its own people and those of the province; of the province they are all.
    """
    if not user.is_city:
        return Q()
    if model is Region:
        return Q(pk=user.region_id) | Q(parent=user.region_id)
    return Q(region=user.region_id) | Q(role__in=PROVINCE_ROLES) if model is User else Q()


def limit_form_choices(form: forms.Form, user: User) -> None:
    """Limit a form to those regions and people that the user may enter, and preset the user's own city."""
    for name, field in form.fields.items():
        if not isinstance(field, forms.ModelChoiceField) or field.queryset is None:
            continue
        model = field.queryset.model
        field.queryset = field.queryset.filter(allowed_choices(model, user))
        if model is User:
            field.queryset = field.queryset.select_related("region")  # which stands behind a name
        elif model is Region and user.is_city and list(field.queryset) == [user.region]:
            form.initial[name] = form.initial.get(name) or user.region_id
