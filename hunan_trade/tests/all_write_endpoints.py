"""Lists every endpoint that writes, with its roles, valid requests and forbidden inputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models

from hunan_trade import clock
from hunan_trade.accounts.models import SessionRecord, Token
from hunan_trade.intake import return_sheets
from hunan_trade.intake.models import Exemption
from hunan_trade.jobs.models import Job
from hunan_trade.periods import Month
from hunan_trade.regions.models import Unit
from hunan_trade.tests.project_lifecycle_write_endpoints import CLOSING_ENDPOINT, COUNTING_ENDPOINT
from hunan_trade.tests.write_endpoint_data import OURS, REPORT_STATES, STATES, THEIRS
from hunan_trade.tests.write_endpoint_requests import Body, WriteEndpoint, WriteRequest, api_keys, no_keys, return_keys
from hunan_trade.tests.xiangnan_batch_write_endpoints import BATCH_THRESHOLD_ENDPOINT
from targets.models import PlanItem, Roster, Target, TaskState

_RETURN = "/returns/<city:region>/<month:month>/"
_API = "/api/v1/returns/<pk>/"
_REPORT = "/reports/<int:pk>/"
_STATUS_FIELDS = {"intake.MonthlyReturn.status", "intake.MonthlyReturn.version"}
_IMPORT_FIELDS = {"intake.MonthlyReturn.version", "intake.MonthlyReturn.nil_reason"}
_ROW_FIELDS = (
    _IMPORT_FIELDS
    | {f"intake.Row.{name}" for name in ("texts", "version", "since", "edited_at")}
    | {"intake.ReplacedRow"}
)
_CODE, _EPOCH = {"accounts.PasswordLink"}, "accounts.User.session_epoch"
_FACTS = {"intake.Round.decision", "intake.Round.decided_by", "intake.Round.decided_at", "indicators.Observation", "intake.Posting",
          "enterprises.ProcessingTrade"}  # fmt: skip


def _version_body(request: WriteRequest) -> Body:
    return {"version": request.monthly_return.version, "reason": "再核对"}


def _rows_body(request: WriteRequest) -> Body:
    row = {"key": "06", "version": 1, "texts": {"month": "4"}, "base": {}}
    return {"sheet": "city_summary", "rows": [row]}


def _threshold_body(request: WriteRequest) -> Body:
    month = Month.of(clock.today())
    return {
        "threshold": "processing_trade.high_factor",
        "value": "2.5",
        "holds_from": str(month),
        "reason": "旺季误报多",
    }


def _source_body(request: WriteRequest) -> Body:
    return {"indicator": "projects.fortune_500", "year": "2013", "source": "register", "reason": "核对完整"}


def _rate_body(request: WriteRequest) -> Body:
    return {"year": "2013", "cny_per_usd": "6.2855", "reason": "年初中间价"}


def _other_city(city: str) -> str:
    return THEIRS if city == OURS else OURS


def _foreign_rows(request: WriteRequest) -> dict[str, list[Any]]:
    theirs = f"{request.data.firms[_other_city(request.city)]}/进料加工"
    names = [theirs, "99", "06/进料加工", ""]
    return {"rows": [[{**_rows_body(request)["rows"][0], "key": key}] for key in names]}


def _foreign_files(request: WriteRequest) -> list[str]:
    """Return the hashes of workbooks that belong to another city or return."""
    data, city = request.data, request.city
    own = data.uploads[city, request.state].file_id
    others = {upload.file_id for upload in data.uploads.values()} - {own}
    return [*sorted(others)[:3], "0" * 64]


def _foreign_rounds(request: WriteRequest) -> list[str]:
    data = request.data
    others = [
        monthly_return for monthly_return in data.returns.values() if monthly_return.pk != request.monthly_return.pk
    ]
    own = request.round_digest()
    return sorted({round_.digest for monthly_return in others for round_ in monthly_return.rounds.all()} - {own})[:3]


def _decision_body(request: WriteRequest) -> Body:
    return {"shown": request.round_digest(), "reason": "疑多录", "pick": ["city_summary|06|month"]}


def _picked_rounds_body(request: WriteRequest) -> Body:
    returns = [request.data.returns[OURS, "sent"], request.data.returns[THEIRS, "more"]]
    return {"pick": [f"{monthly_return.pk}|{monthly_return.rounds.get().digest}" for monthly_return in returns]}


def _invalid_picks(request: WriteRequest) -> dict[str, list[Any]]:
    """Return invalid selections of submissions (rounds), each with one valid submission."""
    data, (first, second) = request.data, _picked_rounds_body(request)["pick"]
    pk, _, shown = second.partition("|")
    accepted = data.returns[OURS, "accepted"]
    wrong = [
        f"999999999|{shown}",
        f"{accepted.pk}|{accepted.rounds.get().digest}",
        f"{pk}|{'0' * 64}",
        f"|{shown}",
        f"{pk}",
    ]
    wrong += [
        f"{pk}|{first.partition('|')[2]}",
        f"0{first}",
        first,
        f"x|{shown}",
        "",
        f"{'9' * 30}|{shown}",
        f"-1|{shown}",
    ]
    return {"pick": [[first, other] for other in wrong]}


def _report_keys(request: WriteRequest) -> dict[str, Any]:
    return {"pk": request.report.pk}


def _report_body(request: WriteRequest) -> Body:
    return {"shown": request.report.content_sha256, "reason": "再核对"}


def _foreign_report_digests(request: WriteRequest) -> dict[str, list[Any]]:
    return {"shown": ["0" * 64, request.data.returns[OURS, "sent"].rounds.get().digest]}


def _keys_of_person(name: str) -> Callable[[WriteRequest], dict[str, Any]]:
    return lambda request: {"pk": request.data.people[name].pk}


def _keys_of_first(model: type[models.Model], **where: Any) -> Callable[[WriteRequest], dict[str, Any]]:
    return lambda request: {"pk": model._default_manager.filter(**where).order_by("pk").first().pk}  # type: ignore[union-attr]


def _keys_of_own(model: type[models.Model], owner: str) -> Callable[[WriteRequest], dict[str, Any]]:
    return lambda request: _keys_of_first(model, **{owner: request.data.people[request.who]})(request)


def _reason_body(request: WriteRequest) -> Body:
    return {"reason": "调离"}


def _workbook_body(request: WriteRequest) -> Body:
    return {"file": _workbook_file(request, request.city, request.state)}


def _edited_text_body(request: WriteRequest) -> Body:
    blocks = request.report.report_kind.compose(request.report.content).blocks
    at = next(
        at
        for at, block in enumerate(blocks)
        if type(block).__name__ == "Paragraph" and not getattr(block, "figures", ())
    )
    return {"shown": request.report.content_sha256, "at": at, "text": "文字另写。"}


def _exemption_kind(request: WriteRequest) -> str:
    return "reopen" if request.state == "accepted" else "late"


def _invalid_choices(request: WriteRequest) -> dict[str, list[Any]]:
    """Return invalid choices for resolving conflicts, such as one for another city's record."""
    cells = ("processing_trade", f"{request.data.firms[THEIRS]}/进料加工", "export"), ("city_summary", "06", "nobody")
    choices = [[{"sheet": sheet, "key": key, "column": column, "choice": "mine"}] for sheet, key, column in cells]
    return {"choices": [*choices, "nobody"], "rest": ["nobody"]}


def _upload_of(request: WriteRequest) -> Any:
    return request.data.uploads[request.city, request.state]


def _workbook_file(request: WriteRequest, city: str, state: str) -> SimpleUploadedFile:
    """Return the downloaded workbook of another return as an uploaded file."""
    found = request.data.returns[city, state]
    return SimpleUploadedFile(
        "月报.xlsx", return_sheets.stored_sheets(found).workbook(version=found.version, demo=True)
    )


def _if_match_header(request: WriteRequest) -> dict[str, str]:
    return {"If-Match": f'"{request.monthly_return.version}"'}


_CITY, _LEADS = ("reporter",), ("lead",)
_PROVINCE = ("officer", "province_lead")
_ROUND = {"intake.Round", "files.StoredFile"}
_ACCOUNT = {"username": "xin", "name": "新人", "region": OURS, "phone": "0731-1", "email": "a@b.cn"}
_ROLE = {"role": "city_lead", "region": THEIRS, "reason": "任职通知"}
_NOT_A_CITY = ["430102", "430000", "999999", "x"]
_NEW_PASSWORD = "Xiangjiang-2013!"

WRITE_ENDPOINTS = [
    WriteEndpoint(
        _RETURN + "rows/", _CITY, _rows_body, frozenset(_ROW_FIELDS), return_keys, STATES, as_json=True,
        foreign=lambda request: {**_foreign_rows(request), "sheet": ["nobody", ""]},
    ),
    WriteEndpoint(_RETURN + "nil/", _CITY, _version_body, frozenset(_ROW_FIELDS), return_keys, STATES),
    WriteEndpoint(
        _RETURN + "upload/", _CITY, _workbook_body, frozenset({"intake.Upload"}), return_keys, STATES,
        foreign=lambda request: {"file": [_workbook_file(request, _other_city(request.city), request.state), _workbook_file(request, request.city, "more")]},
    ),
    WriteEndpoint(
        _RETURN + "uploads/<uuid:pk>/confirm/", _CITY,
        lambda request: {"sha256": _upload_of(request).file_id, "version": request.monthly_return.version},
        frozenset(_IMPORT_FIELDS | {"intake.Upload.confirmed_at"}),
        return_keys, STATES, foreign=lambda request: {"sha256": _foreign_files(request), "rest": ["nobody"]},
    ),
    WriteEndpoint(
        _RETURN + "hand-up/", _CITY, _version_body,
        frozenset(_STATUS_FIELDS | {"intake.MonthlyReturn.handed_up_at", "intake.MonthlyReturn.handed_up_by"}), return_keys, STATES),
    WriteEndpoint(_RETURN + "hand-back/", _LEADS, _version_body, frozenset(_STATUS_FIELDS | {"intake.MonthlyReturn.note"}), return_keys, STATES),
    WriteEndpoint(
        _RETURN + "sign/", _LEADS, _version_body, frozenset(_STATUS_FIELDS | {"intake.MonthlyReturn.first_sent_at"} | _ROUND), return_keys, STATES
    ),
    WriteEndpoint(
        _RETURN + "exemption/", _PROVINCE, lambda request: {"kind": _exemption_kind(request), "reason": "更正", "until": "2013-08-01"},
        frozenset({"intake.Exemption"}), return_keys, STATES, foreign=lambda request: {"kind": ["nobody", ""]},
    ),
    WriteEndpoint(
        _RETURN + "review/accept/", _PROVINCE, _decision_body, frozenset(_STATUS_FIELDS | _FACTS), return_keys, STATES,
        foreign=lambda request: {"shown": _foreign_rounds(request)},
    ),
    WriteEndpoint(
        _RETURN + "review/give-back/", _PROVINCE, _decision_body,
        frozenset(
            _STATUS_FIELDS | {"intake.MonthlyReturn.round_number", "intake.Remark", "intake.Round.reason"}
            | {f"intake.Round.{name}" for name in ("decision", "decided_by", "decided_at")}
        ),
        return_keys, STATES,
        foreign=lambda request: {
            "shown": _foreign_rounds(request),
            "pick": [[f"processing_trade|{request.data.firms[THEIRS]}/进料加工|month"], ["nobody|06|month"], ["city_summary|06|x"]],
        },
    ),
    WriteEndpoint("/returns/review/accept/", _PROVINCE, _picked_rounds_body, frozenset(_STATUS_FIELDS | _FACTS), foreign=_invalid_picks),
    WriteEndpoint(
        "/returns/exemptions/<int:pk>/", ("province_lead",), lambda request: {"granted": "yes"},
        frozenset(
            _STATUS_FIELDS | {"intake.MonthlyReturn.round_number"}
            | {f"intake.Exemption.{name}" for name in ("granted", "decided_by", "decided_at")}
        ),
        _keys_of_first(Exemption),
    ),
    WriteEndpoint(
        "/returns/thresholds/decide/", ("province_lead",), _threshold_body, frozenset({"intake.Threshold"}),
        foreign=lambda request: {"threshold": ["city_summary.low_factor", "processing_trade.none", ""]},
    ),
    WriteEndpoint(
        "/reports/sources/decide/", ("province_lead",), _source_body, frozenset({"indicators.SourceDecision"}),
        foreign=lambda request: {"indicator": ["projects.jobs", "none", ""], "source": ["customs", "none"]},
    ),
    WriteEndpoint("/reports/rates/decide/", ("province_lead",), _rate_body, frozenset({"indicators.YearRate"})),
    COUNTING_ENDPOINT,
    CLOSING_ENDPOINT,
    BATCH_THRESHOLD_ENDPOINT,
    WriteEndpoint(
        _API + "sheets/<sheet>/", _CITY, lambda request: {"rows": [{"key": "06", "version": 1, "texts": {"month": "4"}}]},
        frozenset(_ROW_FIELDS), api_keys, STATES, method="patch", token=True, as_json=True, headers=_if_match_header,
        foreign=lambda request: {"rows": [[{**row[0], "texts": {"month": "4"}}] for row in _foreign_rows(request)["rows"]]},
    ),
    WriteEndpoint(
        _API + "uploads/", _CITY, _workbook_body, frozenset({"intake.Upload"}), api_keys, STATES, token=True,
        foreign=lambda request: {"file": [_workbook_file(request, _other_city(request.city), request.state), _workbook_file(request, request.city, "more")]},
    ),
    WriteEndpoint(
        _API + "uploads/<upload>/confirm/", _CITY,
        lambda request: {"sha256": _upload_of(request).file_id, "choices": [], "rest": "mine"},
        frozenset(_IMPORT_FIELDS | {"intake.Upload.confirmed_at"}), api_keys, STATES,
        token=True, as_json=True, headers=_if_match_header, foreign=lambda request: {**_invalid_choices(request), "sha256": _foreign_files(request)},
    ),
    WriteEndpoint("/reports/prepare/", _PROVINCE, lambda request: {"kind": "monthly-bulletin", "month": "2013-01"},
         frozenset({"jobs.Job"}), foreign=lambda request: {"kind": ["nobody"], "month": ["2031-01", "1999-01", "x"]}),
    WriteEndpoint(_REPORT + "words/", _PROVINCE, _edited_text_body,
         frozenset({f"reporting.Report.{name}" for name in ("content", "content_sha256", "edits", "drafted_by")}),
         _report_keys, REPORT_STATES, foreign=lambda request: {**_foreign_report_digests(request), "at": [499, -1]}),
    WriteEndpoint(_REPORT + "ask-review/", _PROVINCE, _report_body,
         frozenset({f"reporting.Report.{name}" for name in ("status", "drafted_by", "asked_at")}),
         _report_keys, REPORT_STATES, foreign=_foreign_report_digests),
    WriteEndpoint(_REPORT + "review/", ("other", "province_lead"), _report_body,
         frozenset({f"reporting.Report.{name}" for name in ("status", "reviewed_by", "reviewed_at")}),
         _report_keys, REPORT_STATES, foreign=_foreign_report_digests),
    WriteEndpoint(_REPORT + "give-back/", _PROVINCE, _report_body,
         frozenset({f"reporting.Report.{name}" for name in ("status", "note", "reviewed_by", "reviewed_at")}),
         _report_keys, REPORT_STATES, foreign=_foreign_report_digests),
    WriteEndpoint(_REPORT + "issue/", ("province_lead",),
         lambda request: {"shown": request.report.content_sha256, "document_number": "湘商〔2013〕9号", "confirm_missing": "on"},
         frozenset(
             {f"reporting.Report.{name}" for name in ("status", "number", "issued_by", "issued_at", "document_number",
                                                       "missing_confirmed")}
             | {"reporting.Source", "reporting.ReportFile", "files.StoredFile", "reporting.IssueCounter.last"}
         ),
         _report_keys, REPORT_STATES, foreign=_foreign_report_digests),
    WriteEndpoint(_REPORT + "void/", ("province_lead",), _report_body, frozenset({"reporting.Voiding"}), _report_keys, REPORT_STATES,
         foreign=_foreign_report_digests),
    WriteEndpoint("/plan/items/<int:pk>/lead/", _PROVINCE, lambda request: {"unit": Unit.objects.latest("pk").pk, "version": 1},
         frozenset({"targets.PlanItem.lead", "targets.PlanItem.version"}), _keys_of_first(PlanItem),
         foreign=lambda request: {"unit": ["nobody", "999999"], "version": [999, "x"]}),
    WriteEndpoint("/plan/states/<int:pk>/", _PROVINCE, lambda request: {"state": "delayed", "text": "推进", "reason": "等批复", "version": 1},
         frozenset({f"targets.TaskState.{name}" for name in ("state", "text", "reason", "updated_on", "updated_by", "version")}),
         _keys_of_first(TaskState), foreign=lambda request: {"state": ["nobody"], "version": [999]}),
    WriteEndpoint("/plan/milestones/<int:pk>/", _PROVINCE, lambda request: {"reached_on": "2013-06-01", "version": 1},
         frozenset({"targets.Target.reached_on", "targets.Target.version"}), _keys_of_first(Target, shape=Target.Shape.MILESTONE),
         foreign=lambda request: {"version": [999]}),
    WriteEndpoint("/plan/rosters/<int:pk>/", _PROVINCE, lambda request: {"names": "新园区", "version": 1},
         frozenset({"targets.RosterEntry", "targets.RosterEntryHistory", "targets.Roster.version", "lists.Act"}), _keys_of_first(Roster), foreign=lambda request: {"version": [999]}),
    WriteEndpoint("/accounts/new/", ("admin",), lambda request: dict(_ACCOUNT), frozenset({"accounts.User"} | _CODE),
         foreign=lambda request: {"region": _NOT_A_CITY, "username": [request.data.people["lead"].username]}),
    WriteEndpoint("/accounts/<int:pk>/close/", ("admin",), _reason_body,
         frozenset({"accounts.User.is_active", "accounts.Token.revoked_at", _EPOCH}), _keys_of_person("reporter")),
    WriteEndpoint("/accounts/<int:pk>/reopen/", ("admin",), _reason_body,
         frozenset({f"accounts.User.{name}" for name in ("is_active", "password")} | {"accounts.User.must_change_password"} | _CODE),
         lambda request: {"pk": request.data.closed.pk}),
    WriteEndpoint("/accounts/<int:pk>/reset/", ("admin",), _reason_body,
         frozenset({"accounts.User.password", "accounts.User.must_change_password", _EPOCH} | _CODE), _keys_of_person("reporter")),
    WriteEndpoint("/codes/<int:pk>/release/", ("security",), no_keys,
         frozenset({f"accounts.PasswordLink.{name}" for name in ("second_digest", "released_at", "released_by", "expires_at")}),
         lambda request: {"pk": request.data.unreleased.password_links.get().pk}),
    WriteEndpoint("/grants/<int:pk>/", ("security",), lambda request: dict(_ROLE),
         frozenset({"accounts.User.role", "accounts.User.region", "accounts.Token.revoked_at", _EPOCH}), _keys_of_person("reporter"),
         foreign=lambda request: {"region": [*_NOT_A_CITY, ""], "role": ["root"]}),
    WriteEndpoint("/grants/<int:pk>/unlock/", ("security",), no_keys, frozenset(), _keys_of_person("reporter")),
    WriteEndpoint("/grants/<int:pk>/sign-out/", ("security",), _reason_body, frozenset({_EPOCH}), _keys_of_person("reporter")),
    WriteEndpoint("/tokens/new/", ("security",),
         lambda request: {"user": request.data.people["reporter"].pk, "label": "对账", "scope": "read", "days": "30", "networks": ""},
         frozenset({"accounts.Token"}),
         foreign=lambda request: {"user": [request.data.closed.pk, 999999999, "x", ""], "scope": ["all"], "networks": ["x"]}),
    WriteEndpoint("/tokens/<int:pk>/fetch/", _CITY, no_keys, frozenset({"accounts.Token.digest", "accounts.Token.fetched_at"}),
         lambda request: _keys_of_first(Token, user=request.data.people[request.who], fetched_at=None)(request)),
    WriteEndpoint("/tokens/<int:pk>/revoke/", ("security",), _reason_body, frozenset({"accounts.Token.revoked_at"}),
         lambda request: _keys_of_first(Token, user=request.data.people["reporter"])(request)),
    WriteEndpoint("/jobs/<int:pk>/retry/", (*_PROVINCE, "admin"), no_keys,
         frozenset({f"jobs.Job.{name}" for name in ("state", "lease_until", "queued_at", "finished_at", "error")}), _keys_of_first(Job, state="failed")),
    WriteEndpoint("/sessions/<int:pk>/end/", _CITY, no_keys, frozenset(), _keys_of_own(SessionRecord, "user")),
    WriteEndpoint("/sessions/end/", _CITY, no_keys, frozenset({_EPOCH})),
    WriteEndpoint("/activate/", ("anonymous",),
         lambda request: {"first": request.data.code[0], "second": request.data.code[1], "password": _NEW_PASSWORD, "again": _NEW_PASSWORD,
                        "username": "", "name": ""},
         frozenset({f"accounts.User.{name}" for name in ("password", "password_changed_at", "must_change_password")}
                   | {_EPOCH, "accounts.UsedPassword", "accounts.PasswordLink.used_at"}),
         foreign=lambda request: {"first": ["x", "0" * 32], "second": ["x", "0" * 32, request.data.code[0]]}),
]  # fmt: skip
# Who proves who they are, or leaves. The count of wrong passwords is kept outside of any transaction around it.
SIGN_IN_ROUTES = {"/login/", "/login/again/", "/logout/", "/password/"}
