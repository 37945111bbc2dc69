"""Error responses, which say why a request was refused or give the id of a failed request.

Browsers get a page, calls from a page (htmx, fetch) a short note, and the API problem+json, all with the same words.
None of these may need the database, and none shows a trace, a path or a version.
"""

from __future__ import annotations

import logging
import sys
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template import loader
from django.urls import reverse
from django.utils.html import format_html

from hunan_trade.accounts.models import Anonymous, User
from hunan_trade.audit import request_metadata
from hunan_trade.audit.actions import record
from hunan_trade.audit.models import Event
from hunan_trade.files import actions as files
from hunan_trade.files.models import UnreadableFile
from hunan_trade.web import outage_detection
from hunan_trade.web.request_type import PortalRequest

logger = logging.getLogger(__name__)

API_ROOT = "/api/"
TITLES = {
    400: "地址或内容有误",
    401: "须先登录",
    403: "没有权限",
    404: "打不开这一页",
    405: "这个地址不能直接打开",
    406: "没有这种格式",
    409: "这一步现在不能办",
    410: "这个地址已失效",
    412: "内容已被改过",
    413: "内容过大",
    415: "不收这种格式",
    422: "内容不合要求",
    429: "请求过于频繁",
    500: "系统出错，没有办成",
    503: "系统正在恢复",
    507: "存储空间已满",
}


def is_script_request(request: HttpRequest) -> bool:
    """Return whether the request was sent by JavaScript on a page.

    Such a request needs plain text and no redirect.
    """
    marks = request.headers
    return (
        marks.get("HX-Request") == "true" or marks.get("X-Requested-With") == "XMLHttpRequest" or _wants_json(request)
    )


def _wants_json(request: HttpRequest) -> bool:
    return "json" in request.headers.get("Accept", "").split(",")[0]


def problem_json(status: int, reason: str, *, title: str = "", **more: Any) -> JsonResponse:
    """Return an error as an RFC 9457 JSON response (application/problem+json).

    `more` are further members, such as errors=[{field, detail, remedy}].
    """
    title = title or TITLES.get(status, TITLES[400])
    body = {"type": "about:blank", "title": title, "status": status, "detail": reason, **more}
    if request_id := request_metadata.current().request_id:
        body["instance"] = f"urn:uuid:{request_id}"
    return JsonResponse(
        body, status=status, content_type="application/problem+json", json_dumps_params={"ensure_ascii": False}
    )


def error_response(request: HttpRequest, status: int, reason: str, *, title: str = "") -> HttpResponse:
    """Return an error as an HTML page, as plain text or as JSON, depending on the kind of request.

    `title` replaces the usual title of the status.
    """
    if request.path.startswith(API_ROOT) or _wants_json(request):
        return problem_json(status, reason, title=title)
    if is_script_request(request):  # the page's script puts plain text above the page and leaves the rest as it is
        return HttpResponse(reason, status=status, content_type="text/plain; charset=utf-8")
    facts = {"reason": reason, "reference": request_metadata.current().request_id if status >= 500 else ""}
    facts["title"] = title or TITLES.get(status, TITLES[400])
    facts["back"] = _link_back(request, status)
    facts["typed"] = _typed_text(request) if status == 409 else ""
    return HttpResponse(loader.render_to_string([f"{status}.html", "error.html"], facts, request), status=status)


def _typed_text(request: HttpRequest) -> str:
    """Return the reason or text typed into a refused form; the error page shows it so that users can copy it."""
    found = request.POST.get("reason") or request.POST.get("text") or ""
    return found[:4000]


def _link_back(request: HttpRequest, status: int) -> str:
    """Return the URL to which the error page links back, or "" for an error page without a link.

    It is the list without its bad query, or the page of the pressed button.
    """
    if request.method in {"GET", "HEAD"}:
        found = request.path if status == 400 and request.META.get("QUERY_STRING") else ""
    else:
        came = urlsplit(request.headers.get("Referer", ""))
        same = (came.scheme, came.netloc) == (request.scheme, request.headers.get("Host"))
        found = urlunsplit(("", "", came.path, came.query, "")) if same else ""
    return found if found.startswith("/") and not found.startswith("//") else ""  # never to another host


def login_required_response(request: HttpRequest) -> HttpResponse:
    """Return a redirect to the login page, or for scripts a 401 response that opens the login dialog."""
    if is_script_request(request) or request.path.startswith(API_ROOT):
        response: HttpResponse = error_response(request, 401, "登录已结束，请重新登录后再试。")
        response["X-Portal-Login"] = "required"
        return response
    here = request.get_full_path() if request.method in {"GET", "HEAD"} else "/"
    return HttpResponseRedirect(f"{settings.LOGIN_URL}?{urlencode({'next': here})}")


def password_due_response(request: HttpRequest) -> HttpResponse:
    """Return a redirect to the password page, or 403 for API and scripts, if the user must set a new password."""
    reason = "密码须先修改，才能继续使用。"
    if request.path.startswith(API_ROOT):
        return problem_json(403, reason, code="password_due")
    if is_script_request(request):
        response = error_response(request, 403, reason)
        response["HX-Redirect"] = reverse(settings.PASSWORD_URL)
        return response
    return HttpResponseRedirect(reverse(settings.PASSWORD_URL))


def forbidden_response(request: PortalRequest, reason: str) -> HttpResponse:
    """Return a 403 response with the reason, and record the denied access in the audit log."""
    record_denial(request.user, reason)
    return error_response(request, 403, f"{reason}。")


class NotVisible(Http404):
    """Raised for a row that exists but that the user may not see; the response is a 404."""


def record_denial(user: User | Anonymous, reason: str = "不在可看范围内") -> None:
    """Record a denied access in the audit log.

    Call it outside of the transaction that was refused.
    """
    denied = f"{request_metadata.current().path} {reason}"
    record("access.denied", by=user, reason=denied, result=Event.Result.REFUSED)


def conflict_response(request: HttpRequest, reason: str) -> HttpResponse:
    """Return a 409 (conflict) response with the reason."""
    return error_response(request, 409, reason)


def unreadable_file_response(request: PortalRequest, found: UnreadableFile) -> HttpResponse:
    """Return a 500 response that says which stored file is damaged.

    The audit log gets one event per damaged file.
    """
    files.check_file(found.sha256, by=request.user)
    undone = "" if request.method in {"GET", "HEAD"} else "本次没有保存。"
    reason = f"{found}。{undone}已记入审计记录，请报信息中心从备份恢复，恢复后再取。"
    return error_response(request, 500, reason, title="文件不能取用")


# --- What urls.py names as handlers ---------------------------------------------------------------------------------
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Return a 403 response for an invalid CSRF token, with a header that lets the page fetch a new token."""
    response = error_response(request, 403, "页面停留过久或来路不明，没有保存。重新打开本页再填一次。")
    response["X-Portal-Token"] = "stale"
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Return a 400 response to a malformed request, or a 413 response to a request that is too large."""
    if isinstance(exception, (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)):
        return error_response(request, 413, "一次提交的内容过大，没有保存。分几次办，或改用 .xlsx 上传。")
    if request.method in {"GET", "HEAD"}:
        return error_response(
            request, 400, "这一页没有地址里写的条件，或其中日期、页码有误。去掉条件打开，再重新筛选。"
        )
    return error_response(request, 400, "地址或提交的内容不完整。返回上一页再试一次。")


def method_not_allowed_response(request: HttpRequest) -> HttpResponse:
    """Return a 405 response for an HTTP method that the URL does not accept, such as GET for a POST-only URL."""
    return error_response(request, 405, "这个地址只供页面上的按钮使用。回到所在页面再办。")


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Return a 403 response for Django's PermissionDenied."""
    return error_response(request, 403, "这项工作不在本账号的权限内。")


def not_found(request: PortalRequest, exception: Exception) -> HttpResponse:
    """Return a 404 response, and record a denied access if the row exists but the user may not see it."""
    if isinstance(exception, NotVisible):
        record_denial(request.user)
    return error_response(request, 404, "地址有误，或内容不在可看范围内。")


def server_error(request: HttpRequest) -> HttpResponse:
    """Return a 503 or 507 response for a known kind of outage, or else a 500 response with the request id.

    The trace is in the log under the request id.
    """
    fault = sys.exc_info()[1]
    known = outage_detection.outage_of(fault, writes=request.method not in {"GET", "HEAD"})
    told = known or outage_detection.Outage(500, "本次没有保存。再试一次，仍不行请把下面的编号报给信息中心。", 0)
    try:
        response = error_response(request, told.status, told.reason, title=told.title)
    except Exception:
        logger.exception("the error page itself failed")
        response = HttpResponse(_plain_page(told.title or TITLES[told.status], told.reason), status=told.status)
    if told.wait:
        response["Retry-After"] = str(told.wait)
    response.is_temporary = outage_detection.is_temporary(fault)  # type: ignore[attr-defined]  # for the middleware that asks a second time
    return response


def _plain_page(title: str, reason: str) -> str:
    """Return an error page built without templates, for use when rendering the error template has failed."""
    return format_html(
        '<!doctype html><html lang="zh-CN"><meta charset="utf-8">'
        "<title>{}</title><h1>{}</h1><p>{}</p><p>编号 {}</p></html>",
        title,
        title,
        reason,
        request_metadata.current().request_id,
    )
