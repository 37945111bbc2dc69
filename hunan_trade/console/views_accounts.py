"""Views for managing user accounts, their roles, one-time password codes and login locks.

Accounts are for the administrator; roles, codes and locks for the security officer.
"""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hunan_trade.accounts import actions, queries
from hunan_trade.accounts.models import PasswordLink, User
from hunan_trade.accounts.roles import Permission
from hunan_trade.console.forms_accounts_and_tokens import AccountForm, RoleForm
from hunan_trade.console.tables import ACCOUNT_EVENTS
from hunan_trade.web.access_decorators import requires
from hunan_trade.web.conflict_detecting_forms import ReasonForm
from hunan_trade.web.request_type import PortalRequest
from hunan_trade.workflow import MoveRefused


@requires(Permission.MANAGE_ACCOUNTS)
@require_http_methods(["GET", "POST"])
def account_new(request: PortalRequest) -> HttpResponse:
    form = AccountForm(request.POST or None)
    if form.is_valid():
        try:
            user, half = actions.open_account(**form.cleaned_data, by=request.user)
            return render(request, "console/code.html", {"account": user, "half": half})
        except MoveRefused as refused:
            form.add_error("username", f"{refused}。")
    return render(request, "console/account_new.html", {"form": form})


@requires(Permission.MANAGE_ACCOUNTS)
@require_safe
def account(request: PortalRequest, pk: int) -> HttpResponse:
    user = get_object_or_404(queries.all_accounts(), pk=pk)
    page = {
        "account": user,
        "code": queries.pending_code(user),
        "history": ACCOUNT_EVENTS.html(queries.account_administration_events(user)),
    }
    return render(request, "console/account.html", page)


@requires(Permission.MANAGE_ACCOUNTS)
@require_POST
def account_close(request: PortalRequest, pk: int) -> HttpResponse:
    user = get_object_or_404(User, pk=pk)
    actions.close_account(user=user, by=request.user, reason=_submitted_reason(request))
    messages.success(request, f"已停用{user.name}的账号。")
    return redirect("console:account", pk=pk)


@requires(Permission.MANAGE_ACCOUNTS)
@require_POST
def account_reopen(request: PortalRequest, pk: int) -> HttpResponse:
    user = get_object_or_404(User, pk=pk)
    half = actions.reopen_account(user=user, by=request.user, reason=_submitted_reason(request))
    return render(request, "console/code.html", {"account": user, "half": half})


@requires(Permission.MANAGE_ACCOUNTS)
@require_POST
def account_password_reset(request: PortalRequest, pk: int) -> HttpResponse:
    user = get_object_or_404(User, pk=pk)
    half = actions.replace_password_with_code(user=user, by=request.user, reason=_submitted_reason(request))
    return render(request, "console/code.html", {"account": user, "half": half})


@requires(Permission.RELEASE_CODES)
@require_POST
def activation_code_release(request: PortalRequest, pk: int) -> HttpResponse:
    link = get_object_or_404(PasswordLink.objects.of_accounts(), pk=pk)
    half = actions.release_second_code_half(link=link, by=request.user)
    return render(request, "console/code_released.html", {"account": link.user, "half": half})


@requires(Permission.GIVE_ROLES)
@require_http_methods(["GET", "POST"])
def role_give(request: PortalRequest, pk: int) -> HttpResponse:
    user = get_object_or_404(queries.all_accounts(), pk=pk)
    form = RoleForm(request.POST or None, initial={"role": user.role, "region": user.region})
    if form.is_valid():
        actions.give_role(user=user, **form.cleaned_data, by=request.user)
        messages.success(request, f"已更改{user.name}的角色，其登录已结束。")
        return redirect("grants:home")
    return render(
        request,
        "console/role_give.html",
        {"account": user, "form": form, "locked": queries.locked_out_user_ids([user])},
    )


@requires(Permission.UNLOCK_ACCOUNTS)
@require_POST
def account_unlock(request: PortalRequest, pk: int) -> HttpResponse:
    user = get_object_or_404(User, pk=pk)
    actions.unlock_account(user=user, by=request.user)
    messages.success(request, f"已解除{user.name}的登录锁定。")
    return redirect("console:role-give", pk=pk)


@requires(Permission.UNLOCK_ACCOUNTS)
@require_POST
def account_sign_out(request: PortalRequest, pk: int) -> HttpResponse:
    user = get_object_or_404(User, pk=pk)
    actions.end_all_sessions(user=user, by=request.user, reason=_submitted_reason(request))
    messages.success(request, f"已结束{user.name}的全部登录。")
    return redirect("console:role-give", pk=pk)


def _submitted_reason(request: PortalRequest) -> str:
    form = ReasonForm(request.POST)
    if not form.is_valid():
        raise MoveRefused("须写明原因")
    return str(form.cleaned_data["reason"])
