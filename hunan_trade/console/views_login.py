"""Views for login, logout, changing a password, activating an account, and a user's own sessions."""

from __future__ import annotations

from functools import partial
from typing import TypeVar

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token, rotate_token
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hunan_trade.accounts import actions, demo_accounts, known_browsers, queries, sessions
from hunan_trade.accounts.actions import PasswordRefused
from hunan_trade.accounts.backends import LoginRefused, check_login
from hunan_trade.accounts.models import User
from hunan_trade.audit import request_metadata
from hunan_trade.audit.actions import record
from hunan_trade.audit.event_label_lookup import with_verb_labels
from hunan_trade.audit.models import Event
from hunan_trade.console.forms_accounts_and_tokens import ActivationForm, ChangePasswordForm, LoginForm
from hunan_trade.console.tables import ACCOUNT_EVENTS, SESSIONS, end_session_button
from hunan_trade.ui.templatetags.portal import moment
from hunan_trade.web.access_decorators import mark_as_polled, public, signed_in
from hunan_trade.web.error_responses import login_required_response
from hunan_trade.web.middleware import user_agent
from hunan_trade.web.request_type import PortalRequest
from hunan_trade.web.unknown_query_parameters import reject_unknown_params
from hunan_trade.workflow import MoveRefused

Answer = TypeVar("Answer", bound=HttpResponse)


@sensitive_post_parameters("password")
@public("signing in")
@require_http_methods(["GET", "HEAD", "POST"])
def login(request: PortalRequest) -> HttpResponse:
    form = LoginForm(request.POST or None)
    onward = _safe_redirect_url(request.POST.get("next") or request.GET.get("next", ""))
    page = {"form": form, "fault": "", "next": onward, "demo_accounts": demo_accounts.ACCOUNTS if settings.DEMO else ()}
    page["demo_password"] = demo_accounts.PASSWORD if settings.DEMO else ""
    if form.is_valid():
        try:
            _sign_in(request, check_login(**form.cleaned_data, cookies=request.COOKIES))
            return _set_known_browser_cookie(HttpResponseRedirect(onward), request.user)
        except LoginRefused as refused:
            page["fault"] = str(refused)
            return _add_retry_after(render(request, "console/login.html", page, status=403), refused)
    return render(request, "console/login.html", page)


@sensitive_post_parameters("password")
@mark_as_polled
@public("asked by pages whose session has ended")
@require_http_methods(["GET", "POST"])
def reauth(request: PortalRequest) -> HttpResponse:
    """Log the user in again from a dialog over an open page (POST), or return who is signed in (GET)."""
    if request.method == "GET":
        return _current_user_json(request)
    form = LoginForm(request.POST)
    try:
        user = check_login(**form.cleaned_data, cookies=request.COOKIES) if form.is_valid() else None
    except LoginRefused as refused:
        told = JsonResponse({"reason": str(refused), "url": reverse("console:login")}, status=422)
        return _add_retry_after(told, refused)
    if user is None:
        return JsonResponse({"reason": "用户名和密码都要填。", "url": reverse("console:login")}, status=422)
    if user.password_due:
        return JsonResponse({"reason": "密码须先修改。", "url": reverse("console:login")}, status=422)
    _sign_in(request, user)
    return _set_known_browser_cookie(JsonResponse({"csrf": get_token(request)}), user)


@public("a session that has ended can be left as well")
@require_POST
def logout(request: PortalRequest) -> HttpResponse:
    if request.session_record is not None:
        record("session.closed", by=request.user, subject=request.user)
        request.session_record.delete()
    request.session.flush()
    return redirect("console:login")


@sensitive_post_parameters("old", "password", "again")
@signed_in("everybody keeps their own password")
@require_http_methods(["GET", "POST"])
def change_password(request: PortalRequest) -> HttpResponse:
    form = ChangePasswordForm(request.POST or None)
    if form.is_valid() and _check_old_password(form, request):
        try:
            actions.change_password(user=request.user, password=form.cleaned_data["password"], by=request.user)
        except PasswordRefused as refused:
            form.add_error("password", refused.faults)
        else:
            _sign_in(request, request.user)
            messages.success(request, "密码已修改，其他浏览器上的登录已结束。")
            return _set_known_browser_cookie(redirect(settings.LOGIN_REDIRECT_URL), request.user)
    return render(request, "console/password.html", {"form": form, "days": settings.PASSWORD_DAYS})


change_password.open_with_due_password = True  # type: ignore[attr-defined]


@sensitive_post_parameters("first", "second", "password", "again")
@public("the code is the key: first login, or after a reset")
@require_http_methods(["GET", "POST"])
def activate_account(request: PortalRequest) -> HttpResponse:
    form = ActivationForm(request.POST or None)
    if form.is_valid():
        data = {key: form.cleaned_data[key] for key in ("first", "second", "password", "username", "name")}
        try:
            _sign_in(request, actions.set_password_by_code(**data))
            return _set_known_browser_cookie(redirect(settings.LOGIN_REDIRECT_URL), request.user)
        except MoveRefused as refused:
            form.add_error("first", f"{refused}。")
        except PasswordRefused as refused:
            form.add_error("password", refused.faults)
    return render(request, "console/activate.html", {"form": form})


@signed_in("everybody sees their own browsers")
@require_safe
def own_sessions(request: PortalRequest) -> HttpResponse:
    reject_unknown_params(request)
    row_end = partial(end_session_button, request.session_record)
    page = {
        "sessions": SESSIONS.html(request.user.session_records.all(), row_end=row_end),
        "history": ACCOUNT_EVENTS.html(queries.account_administration_events(request.user)[:20]),
    }
    return render(request, "console/sessions.html", page)


@signed_in("everybody ends their own sessions")
@require_POST
def end_session(request: PortalRequest, pk: int) -> HttpResponse:
    session = get_object_or_404(request.user.session_records, pk=pk)
    actions.end_session(session=session, by=request.user)
    messages.success(request, "已退出这个浏览器。")
    return redirect("console:sessions")


@signed_in("everybody ends their own sessions")
@require_POST
def end_all_sessions(request: PortalRequest) -> HttpResponse:
    actions.end_all_sessions(user=request.user, by=request.user, reason="本人全部退出")
    request.session.flush()
    return redirect("console:login")


def _current_user_json(request: PortalRequest) -> HttpResponse:
    """Return the signed-in user's login name and real name as JSON, or a 401 response; both carry a CSRF token.

    For pages opened before the last login.
    """
    user = request.user
    facts = {"username": user.username, "name": user.name} if user.is_authenticated else None
    answer = JsonResponse(facts) if facts else login_required_response(request)
    answer["X-CSRFToken"] = get_token(request)
    return answer


def _sign_in(request: PortalRequest, user: User) -> None:
    """Start a session for a user who has logged in, and queue security warnings for the next page."""
    told = queries.password_events_since_last_login(user)
    with transaction.atomic():  # no session without its line in the log
        begun = sessions.sign_in(request.session, user, ip=request_metadata.current().ip, browser=user_agent(request))
        request_metadata.set_credential(sessions.session_key_digest(begun.session_key))
        record("session.opened", by=user, subject=user)
    rotate_token(request)
    request.user = user
    _add_login_warnings(request, told, waiting_tokens=user.tokens.not_fetched().count())


def _add_login_warnings(request: PortalRequest, events: list[Event], *, waiting_tokens: int) -> None:
    """Queue warnings about password resets since the last login, and about API tokens not fetched yet."""
    if events:
        acts = "；".join(
            f"{moment(event.recorded_at)} {event.actor_name}{words}" for event, words in with_verb_labels(events)
        )
        messages.warning(request, f"上次登录以后，{acts}。不是您要求的，请马上告诉安全审计员。")
    if waiting_tokens:
        messages.warning(request, f"有 {waiting_tokens} 个接口令牌待您领取：点右上角姓名，选“接口令牌”。")


def _set_known_browser_cookie(answer: Answer, user: User) -> Answer:
    """Set the cookie which shows that the user has signed in from this browser, and return the response.

    Strangers guessing elsewhere cannot lock it out.
    """
    answer.set_cookie(
        known_browsers.cookie_name(user),
        known_browsers.new_cookie(user),
        max_age=known_browsers.COOKIE_LIFETIME,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return answer


def _add_retry_after(answer: Answer, refused: LoginRefused) -> Answer:
    """Set status 429 and a Retry-After header on the login response if the IP address has to wait."""
    if refused.wait:
        answer.status_code = 429
        answer["Retry-After"] = str(refused.wait)
    return answer


def _check_old_password(form: ChangePasswordForm, request: PortalRequest) -> bool:
    """Check the old password as a login attempt; if it is wrong, add a form error and return False.

    So guessing is no cheaper here.
    """
    try:
        check_login(request.user.username, form.cleaned_data["old"], cookies=request.COOKIES)
    except LoginRefused as refused:
        form.add_error("old", str(refused).replace("用户名或密码不对", "现在的密码不对"))
        return False
    return True


def _safe_redirect_url(address: str) -> str:
    """Return `address` if it is a path within the portal, else the URL of the home page."""
    usable = url_has_allowed_host_and_scheme(address, allowed_hosts=None) and address.startswith("/")
    return address if usable else settings.LOGIN_REDIRECT_URL
