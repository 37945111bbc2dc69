"""Every door through which somebody writes: who knocks with what, what it may change, and whose keys it must refuse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models

from hunan_trade.accounts.models import SessionRecord, Token
from hunan_trade.intake import return_sheets
from hunan_trade.intake.models import Exemption
from hunan_trade.jobs.models import Job
from hunan_trade.regions.models import Unit
from hunan_trade.tests.door import Body, Door, Knock, _api_keys, _none, _return_keys
from hunan_trade.tests.house import OURS, REPORT_STATES, STATES, THEIRS
from targets.models import PlanItem, Roster, Target, TaskState

_RETURN = "/returns/<city:region>/<month:month>/"
_API = "/api/v1/returns/<pk>/"
_REPORT = "/reports/<int:pk>/"
_TURN = {"intake.MonthlyReturn.status", "intake.MonthlyReturn.version"}
_TAKE = {"intake.MonthlyReturn.version", "intake.MonthlyReturn.nil_reason"}
_FILL = _TAKE | {f"intake.Row.{name}" for name in ("texts", "version", "since", "edited_at")} | {"intake.ReplacedRow"}
_CODE, _EPOCH = {"accounts.PasswordLink"}, "accounts.User.session_epoch"
_FACTS = {"intake.Round.decision", "intake.Round.decided_by", "intake.Round.decided_at", "indicators.Observation", "intake.Posting",
          "enterprises.ProcessingTrade"}  # fmt: skip


def _version(knock: Knock) -> Body:
    return {"version": knock.monthly_return.version, "reason": "再核对"}


def _typed(knock: Knock) -> Body:
    row = {"key": "06", "version": 1, "texts": {"month": "4"}, "base": {}}
    return {"sheet": "city_summary", "rows": [row]}


def _other(city: str) -> str:
    return THEIRS if city == OURS else OURS


def _their_rows(knock: Knock) -> dict[str, list[Any]]:
    theirs = f"{knock.house.firms[_other(knock.city)]}/进料加工"
    names = [theirs, "99", "06/进料加工", ""]
    return {"rows": [[{**_typed(knock)["rows"][0], "key": key}] for key in names]}


def _files(knock: Knock) -> list[str]:
    """SHA-256 of workbooks that are another city's, or of another return."""
    house, city = knock.house, knock.city
    own = house.uploads[city, knock.state].file_id
    others = {upload.file_id for upload in house.uploads.values()} - {own}
    return [*sorted(others)[:3], "0" * 64]


def _their_rounds(knock: Knock) -> list[str]:
    house = knock.house
    others = [
        monthly_return for monthly_return in house.returns.values() if monthly_return.pk != knock.monthly_return.pk
    ]
    own = knock.shown()
    return sorted({round_.digest for monthly_return in others for round_ in monthly_return.rounds.all()} - {own})[:3]


def _decision(knock: Knock) -> Body:
    return {"shown": knock.shown(), "reason": "疑多录", "pick": ["city_summary|06|month"]}


def _picked(knock: Knock) -> Body:
    returns = [knock.house.returns[OURS, "sent"], knock.house.returns[THEIRS, "more"]]
    return {"pick": [f"{monthly_return.pk}|{monthly_return.rounds.get().digest}" for monthly_return in returns]}


def _wrong_picks(knock: Knock) -> dict[str, list[Any]]:
    """Beside one that is right."""
    house, (first, second) = knock.house, _picked(knock)["pick"]
    pk, _, shown = second.partition("|")
    accepted = house.returns[OURS, "accepted"]
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


def _report_keys(knock: Knock) -> dict[str, Any]:
    return {"pk": knock.report.pk}


def _seen(knock: Knock) -> Body:
    return {"shown": knock.report.content_sha256, "reason": "再核对"}


def _other_reports(knock: Knock) -> dict[str, list[Any]]:
    return {"shown": ["0" * 64, knock.house.returns[OURS, "sent"].rounds.get().digest]}


def _of(name: str) -> Callable[[Knock], dict[str, Any]]:
    return lambda knock: {"pk": knock.house.people[name].pk}


def _first(model: type[models.Model], **where: Any) -> Callable[[Knock], dict[str, Any]]:
    return lambda knock: {"pk": model._default_manager.filter(**where).order_by("pk").first().pk}  # type: ignore[union-attr]


def _own(model: type[models.Model], owner: str) -> Callable[[Knock], dict[str, Any]]:
    return lambda knock: _first(model, **{owner: knock.house.people[knock.who]})(knock)


def _why(knock: Knock) -> Body:
    return {"reason": "调离"}


def _book(knock: Knock) -> Body:
    return {"file": _file(knock, knock.city, knock.state)}


def _words(knock: Knock) -> Body:
    blocks = knock.report.declared.compose(knock.report.content).blocks
    at = next(
        at
        for at, block in enumerate(blocks)
        if type(block).__name__ == "Paragraph" and not getattr(block, "figures", ())
    )
    return {"shown": knock.report.content_sha256, "at": at, "text": "文字另写。"}


def _kind(knock: Knock) -> str:
    return "reopen" if knock.state == "accepted" else "late"


def _wrong_sides(knock: Knock) -> dict[str, list[Any]]:
    """A record of another city, a column that is not typed, no list at all; and no side."""
    cells = ("processing_trade", f"{knock.house.firms[THEIRS]}/进料加工", "export"), ("city_summary", "06", "nobody")
    choices = [[{"sheet": sheet, "key": key, "column": column, "choice": "mine"}] for sheet, key, column in cells]
    return {"choices": [*choices, "nobody"], "rest": ["nobody"]}


def _upload_of(knock: Knock) -> Any:
    return knock.house.uploads[knock.city, knock.state]


def _file(knock: Knock, city: str, state: str) -> SimpleUploadedFile:
    """The workbook of another return, as its own city hands it out."""
    found = knock.house.returns[city, state]
    return SimpleUploadedFile(
        "月报.xlsx", return_sheets.stored_sheets(found).workbook(version=found.version, demo=True)
    )


def _registering(knock: Knock) -> Body:
    prefix = knock.city[:4]
    return {"customs_code": f"{prefix}967777", "name": "新厂", "modes": ["进料加工"], "county": f"{prefix}02"}


def _anothers_register(knock: Knock) -> dict[str, list[Any]]:
    other, taken = _other(knock.city), knock.house.firms
    codes = [f"{other[:4]}967777", *taken.values()]
    return {
        "customs_code": codes,
        "county": [f"{other[:4]}02", other, "430000", knock.city, "999999"],
        "modes": ["一般贸易"],
    }


def _if_match(knock: Knock) -> dict[str, str]:
    return {"If-Match": f'"{knock.monthly_return.version}"'}


_CITY, _LEADS = ("reporter",), ("lead",)
_PROVINCE = ("officer", "province_lead")
_ROUND = {"intake.Round", "files.StoredFile"}
_ACCOUNT = {"username": "xin", "name": "新人", "region": OURS, "phone": "0731-1", "email": "a@b.cn"}
_ROLE = {"role": "city_lead", "region": THEIRS, "reason": "任职通知"}
_NOT_A_CITY = ["430102", "430000", "999999", "x"]
_NEW = "Xiangjiang-2013!"

DOORS = [
    Door(
        _RETURN + "rows/", _CITY, _typed, frozenset(_FILL), _return_keys, STATES, as_json=True,
        foreign=lambda knock: {**_their_rows(knock), "sheet": ["nobody", ""]},
    ),
    Door(_RETURN + "nil/", _CITY, _version, frozenset(_FILL), _return_keys, STATES),
    Door(
        _RETURN + "upload/", _CITY, _book, frozenset({"intake.Upload"}), _return_keys, STATES,
        foreign=lambda knock: {"file": [_file(knock, _other(knock.city), knock.state), _file(knock, knock.city, "more")]},
    ),
    Door(
        _RETURN + "uploads/<uuid:pk>/confirm/", _CITY,
        lambda knock: {"sha256": _upload_of(knock).file_id, "version": knock.monthly_return.version},
        frozenset(_TAKE | {"intake.Upload.confirmed_at"}),
        _return_keys, STATES, foreign=lambda knock: {"sha256": _files(knock), "rest": ["nobody"]},
    ),
    Door(
        _RETURN + "hand-up/", _CITY, _version,
        frozenset(_TURN | {"intake.MonthlyReturn.handed_up_at", "intake.MonthlyReturn.handed_up_by"}), _return_keys, STATES),
    Door(_RETURN + "hand-back/", _LEADS, _version, frozenset(_TURN | {"intake.MonthlyReturn.note"}), _return_keys, STATES),
    Door(
        _RETURN + "sign/", _LEADS, _version, frozenset(_TURN | {"intake.MonthlyReturn.first_sent_at"} | _ROUND), _return_keys, STATES
    ),
    Door(
        _RETURN + "exception/", _PROVINCE, lambda knock: {"kind": _kind(knock), "reason": "更正", "until": "2013-08-01"},
        frozenset({"intake.Exemption"}), _return_keys, STATES, foreign=lambda knock: {"kind": ["nobody", ""]},
    ),
    Door(
        _RETURN + "review/accept/", _PROVINCE, _decision, frozenset(_TURN | _FACTS), _return_keys, STATES,
        foreign=lambda knock: {"shown": _their_rounds(knock)},
    ),
    Door(
        _RETURN + "review/give-back/", _PROVINCE, _decision,
        frozenset(
            _TURN | {"intake.MonthlyReturn.round_number", "intake.Remark", "intake.Round.reason"}
            | {f"intake.Round.{name}" for name in ("decision", "decided_by", "decided_at")}
        ),
        _return_keys, STATES,
        foreign=lambda knock: {
            "shown": _their_rounds(knock),
            "pick": [[f"processing_trade|{knock.house.firms[THEIRS]}/进料加工|month"], ["nobody|06|month"], ["city_summary|06|x"]],
        },
    ),
    Door("/returns/review/accept/", _PROVINCE, _picked, frozenset(_TURN | _FACTS), foreign=_wrong_picks),
    Door(
        "/returns/exceptions/<int:pk>/", ("province_lead",), lambda knock: {"granted": "yes"},
        frozenset(
            _TURN | {"intake.MonthlyReturn.round_number"}
            | {f"intake.Exemption.{name}" for name in ("granted", "decided_by", "decided_at")}
        ),
        _first(Exemption),
    ),
    Door(
        _API + "sheets/<sheet>/", _CITY, lambda knock: {"rows": [{"key": "06", "version": 1, "texts": {"month": "4"}}]},
        frozenset(_FILL), _api_keys, STATES, method="patch", token=True, as_json=True, headers=_if_match,
        foreign=lambda knock: {"rows": [[{**row[0], "texts": {"month": "4"}}] for row in _their_rows(knock)["rows"]]},
    ),
    Door(
        _API + "uploads/", _CITY, _book, frozenset({"intake.Upload"}), _api_keys, STATES, token=True,
        foreign=lambda knock: {"file": [_file(knock, _other(knock.city), knock.state), _file(knock, knock.city, "more")]},
    ),
    Door(
        _API + "uploads/<upload>/confirm/", _CITY,
        lambda knock: {"sha256": _upload_of(knock).file_id, "choices": [], "rest": "mine"},
        frozenset(_TAKE | {"intake.Upload.confirmed_at"}), _api_keys, STATES,
        token=True, as_json=True, headers=_if_match, foreign=lambda knock: {**_wrong_sides(knock), "sha256": _files(knock)},
    ),
    Door(
        "/enterprises/register/", (*_CITY, *_PROVINCE), _registering, frozenset({"enterprises.Enterprise"}), foreign=_anothers_register
    ),
    Door("/reports/prepare/", _PROVINCE, lambda knock: {"kind": "monthly-bulletin", "month": "2013-01"},
         frozenset({"jobs.Job"}), foreign=lambda knock: {"kind": ["nobody"], "month": ["2031-01", "1999-01", "x"]}),
    Door(_REPORT + "words/", _PROVINCE, _words,
         frozenset({f"reporting.Report.{name}" for name in ("content", "content_sha256", "edits", "drafted_by")}),
         _report_keys, REPORT_STATES, foreign=lambda knock: {**_other_reports(knock), "at": [499, -1]}),
    Door(_REPORT + "ask-review/", _PROVINCE, _seen,
         frozenset({f"reporting.Report.{name}" for name in ("status", "drafted_by", "asked_at")}),
         _report_keys, REPORT_STATES, foreign=_other_reports),
    Door(_REPORT + "review/", ("other", "province_lead"), _seen,
         frozenset({f"reporting.Report.{name}" for name in ("status", "reviewed_by", "reviewed_at")}),
         _report_keys, REPORT_STATES, foreign=_other_reports),
    Door(_REPORT + "give-back/", _PROVINCE, _seen,
         frozenset({f"reporting.Report.{name}" for name in ("status", "note", "reviewed_by", "reviewed_at")}),
         _report_keys, REPORT_STATES, foreign=_other_reports),
    Door(_REPORT + "issue/", ("province_lead",),
         lambda knock: {"shown": knock.report.content_sha256, "document_number": "湘商〔2013〕9号", "confirm_missing": "on"},
         frozenset(
             {f"reporting.Report.{name}" for name in ("status", "number", "issued_by", "issued_at", "document_number",
                                                       "missing_confirmed")}
             | {"reporting.Source", "reporting.ReportFile", "files.StoredFile", "reporting.IssueCounter.last"}
         ),
         _report_keys, REPORT_STATES, foreign=_other_reports),
    Door(_REPORT + "void/", ("province_lead",), _seen, frozenset({"reporting.Voiding"}), _report_keys, REPORT_STATES,
         foreign=_other_reports),
    Door("/plan/items/<int:pk>/lead/", _PROVINCE, lambda knock: {"unit": Unit.objects.latest("pk").pk, "version": 1},
         frozenset({"targets.PlanItem.lead", "targets.PlanItem.version"}), _first(PlanItem),
         foreign=lambda knock: {"unit": ["nobody", "999999"], "version": [999, "x"]}),
    Door("/plan/states/<int:pk>/", _PROVINCE, lambda knock: {"state": "delayed", "text": "推进", "reason": "等批复", "version": 1},
         frozenset({f"targets.TaskState.{name}" for name in ("state", "text", "reason", "updated_on", "updated_by", "version")}),
         _first(TaskState), foreign=lambda knock: {"state": ["nobody"], "version": [999]}),
    Door("/plan/milestones/<int:pk>/", _PROVINCE, lambda knock: {"reached_on": "2013-06-01", "version": 1},
         frozenset({"targets.Target.reached_on", "targets.Target.version"}), _first(Target, shape=Target.Shape.MILESTONE),
         foreign=lambda knock: {"version": [999]}),
    Door("/plan/rosters/<int:pk>/", _PROVINCE, lambda knock: {"names": "新园区", "version": 1},
         frozenset({"targets.RosterEntry", "targets.Roster.version"}), _first(Roster), foreign=lambda knock: {"version": [999]}),
    Door("/accounts/new/", ("admin",), lambda knock: dict(_ACCOUNT), frozenset({"accounts.User"} | _CODE),
         foreign=lambda knock: {"region": _NOT_A_CITY, "username": [knock.house.people["lead"].username]}),
    Door("/accounts/<int:pk>/close/", ("admin",), _why,
         frozenset({"accounts.User.is_active", "accounts.Token.revoked_at", _EPOCH}), _of("reporter")),
    Door("/accounts/<int:pk>/reopen/", ("admin",), _why,
         frozenset({f"accounts.User.{name}" for name in ("is_active", "password")} | {"accounts.User.must_change_password"} | _CODE),
         lambda knock: {"pk": knock.house.closed.pk}),
    Door("/accounts/<int:pk>/reset/", ("admin",), _why,
         frozenset({"accounts.User.password", "accounts.User.must_change_password", _EPOCH} | _CODE), _of("reporter")),
    Door("/codes/<int:pk>/release/", ("security",), _none,
         frozenset({f"accounts.PasswordLink.{name}" for name in ("second_digest", "released_at", "released_by", "expires_at")}),
         lambda knock: {"pk": knock.house.unreleased.password_links.get().pk}),
    Door("/grants/<int:pk>/", ("security",), lambda knock: dict(_ROLE),
         frozenset({"accounts.User.role", "accounts.User.region", "accounts.Token.revoked_at", _EPOCH}), _of("reporter"),
         foreign=lambda knock: {"region": [*_NOT_A_CITY, ""], "role": ["root"]}),
    Door("/grants/<int:pk>/unlock/", ("security",), _none, frozenset(), _of("reporter")),
    Door("/grants/<int:pk>/sign-out/", ("security",), _why, frozenset({_EPOCH}), _of("reporter")),
    Door("/tokens/new/", ("security",),
         lambda knock: {"user": knock.house.people["reporter"].pk, "label": "对账", "scope": "read", "days": "30", "networks": ""},
         frozenset({"accounts.Token"}),
         foreign=lambda knock: {"user": [knock.house.closed.pk, 999999999, "x", ""], "scope": ["all"], "networks": ["x"]}),
    Door("/tokens/<int:pk>/fetch/", _CITY, _none, frozenset({"accounts.Token.digest", "accounts.Token.fetched_at"}),
         lambda knock: _first(Token, user=knock.house.people[knock.who], fetched_at=None)(knock)),
    Door("/tokens/<int:pk>/revoke/", ("security",), _why, frozenset({"accounts.Token.revoked_at"}),
         lambda knock: _first(Token, user=knock.house.people["reporter"])(knock)),
    Door("/jobs/<int:pk>/retry/", (*_PROVINCE, "admin"), _none,
         frozenset({f"jobs.Job.{name}" for name in ("state", "lease_until", "queued_at", "finished_at", "error")}), _first(Job, state="failed")),
    Door("/sessions/<int:pk>/end/", _CITY, _none, frozenset(), _own(SessionRecord, "user")),
    Door("/sessions/end/", _CITY, _none, frozenset({_EPOCH})),
    Door("/activate/", ("anonymous",),
         lambda knock: {"first": knock.house.code[0], "second": knock.house.code[1], "password": _NEW, "again": _NEW,
                        "username": "", "name": ""},
         frozenset({f"accounts.User.{name}" for name in ("password", "password_changed_at", "must_change_password")}
                   | {_EPOCH, "accounts.UsedPassword", "accounts.PasswordLink.used_at"}),
         foreign=lambda knock: {"first": ["x", "0" * 32], "second": ["x", "0" * 32, knock.house.code[0]]}),
]  # fmt: skip
# Who proves who they are, or leaves. The count of wrong passwords is kept outside of any transaction around it.
PROVING = {"/login/", "/login/again/", "/logout/", "/password/"}
