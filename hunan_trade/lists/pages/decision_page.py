"""A page on which a user makes a decision, such as a new threshold, and sees the decisions now in force."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from hunan_trade.lists.declaration import Listing
from hunan_trade.lists.pages.embedded_record_tables import PageTable
from hunan_trade.web.request_type import PortalRequest
from hunan_trade.web.unknown_query_parameters import reject_unknown_params


class DecisionForm(forms.Form):
    """Base of forms for a decision, such as a new threshold; its fields are the storing function's arguments."""

    def cleaned_arguments(self) -> dict[str, Any]:
        """Return the arguments for the function that stores the decision: the form's cleaned values."""
        return self.cleaned_data


@dataclass(frozen=True)
class DecisionPage:
    """A page with a form for a new decision, such as a threshold, and a table of the decisions now in force.

    `listing` is the list of all decisions. `decide` is the action, which takes the form's `decision` and `by` and returns
    the decision; `message` says in a sentence what it is. `in_force` returns the records of `table`.
    """

    title: str
    listing: Listing
    form: type[DecisionForm]
    decide: Callable[..., Any]
    message: Callable[[Any], str]
    table: PageTable
    in_force: Callable[[], Iterable[Any]]

    def handle_request(self, request: PortalRequest) -> HttpResponse:
        """Return the page; if a valid form was posted, store its decision and redirect to the list of decisions."""
        reject_unknown_params(request)
        form, home = self.form(request.POST or None), reverse(f"{self.listing.code}:home")
        if request.method == "POST" and form.is_valid():
            messages.success(request, self.message(self.decide(**form.cleaned_arguments(), by=request.user)))
            return redirect(home)
        context = {"page": self, "form": form, "home": home, "in_force": self.table.html(self.in_force())}
        return render(request, "lists/decision.html", context, status=422 if form.is_bound else 200)
