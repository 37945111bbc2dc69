"""Views for granting, fetching and revoking API tokens."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hunan_trade.accounts import actions
from hunan_trade.accounts.models import Token
from hunan_trade.accounts.roles import Permission
from hunan_trade.console.forms_accounts_and_tokens import TokenForm
from hunan_trade.console.tables import TOKENS
from hunan_trade.lists.pages.record_page_content import labelled_values
from hunan_trade.web.access_decorators import get_visible, requires, signed_in
from hunan_trade.web.request_type import PortalRequest
from hunan_trade.workflow import MoveRefused


@signed_in("a person sees the tokens that act for them, the security officer all", all_rows=Permission.MANAGE_TOKENS)
@require_safe
def token(request: PortalRequest, pk: int) -> HttpResponse:
    found = get_visible(Token.objects.with_owner(), request.user, pk=pk)
    return render(
        request, "console/token.html", {"token": found, "facts": labelled_values(TOKENS, found, request.user)}
    )


@requires(Permission.MANAGE_TOKENS)
@require_http_methods(["GET", "POST"])
def token_new(request: PortalRequest) -> HttpResponse:
    form = TokenForm(request.POST or None)
    if form.is_valid():
        data = {**form.cleaned_data}
        try:
            token = actions.grant_token(lasts=data.pop("days"), by=request.user, **data)
            messages.success(request, f"已批准，请{token.user.name}登录后在“接口令牌”页领取。")
            return redirect("tokens:home")
        except MoveRefused as refused:
            form.add_error(None, f"{refused}。")
    return render(request, "console/token_new.html", {"form": form})


@signed_in("the secret is for the person the token acts for, whatever their role")
@require_POST
def token_fetch(request: PortalRequest, pk: int) -> HttpResponse:
    token = get_object_or_404(request.user.tokens, pk=pk)
    secret = actions.create_secret_for_token_owner(token=token, by=request.user)
    return render(request, "console/token_shown.html", {"token": token, "secret": secret})


@requires(Permission.MANAGE_TOKENS)
@require_POST
def token_revoke(request: PortalRequest, pk: int) -> HttpResponse:
    token = get_visible(Token.objects.all(), request.user, pk=pk)
    actions.revoke_token(token=token, by=request.user, reason=request.POST.get("reason", ""))
    messages.success(request, f"已吊销令牌 {token.prefix}。")
    return redirect("tokens:home")
