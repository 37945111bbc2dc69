"""REST endpoints that fill in a return by rows or by a workbook, with the same checks as the pages.

Reading gives the return's version as ETag; writing names it in If-Match (428 without, 412 when somebody was faster).
`?dry_run=1` checks and keeps nothing; `Idempotency-Key` makes a repeat harmless. Signing and sending need a person.
"""

from __future__ import annotations

import hashlib
from itertools import islice
from typing import Any, cast
from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions
from rest_framework.decorators import action
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Permission
from hunan_trade.audit.models import Event
from hunan_trade.intake import api_serializers as shapes
from hunan_trade.intake import datasets, merge_conflicts, return_sheets
from hunan_trade.intake.actions import filling
from hunan_trade.intake.actions.return_state_change_checks import check_move
from hunan_trade.intake.forms import FILE_BYTES
from hunan_trade.intake.models import MonthlyReturn, Row, Upload
from hunan_trade.intake.return_checks import CheckedReturn
from hunan_trade.intake.workbook_merge import Change, CountedList
from hunan_trade.web import error_responses
from hunan_trade.web.access_decorators import get_visible, requires
from hunan_trade.web.rest_json_parser import TooLarge
from hunan_trade.web.rest_write_parameters import (
    DRY_RUN_PARAMETER,
    IDEMPOTENCY_KEY_PARAMETER,
    VersionMissing,
    expected_version,
    is_dry_run,
)
from hunan_trade.workbooks.sheet_types import WorkbookRefused
from hunan_trade.workflow import Stale

_SHEET = OpenApiParameter("sheet", OpenApiTypes.STR, OpenApiParameter.PATH, description="表的 code")
_START = OpenApiParameter(
    "start", OpenApiTypes.INT, description=f"各表从第几行起（0 为首行），每次最多 {shapes.LISTED} 行"
)
_UPLOAD = OpenApiParameter("upload", OpenApiTypes.UUID, OpenApiParameter.PATH, description="上传的 id")
_NAME = OpenApiParameter("name", OpenApiTypes.STR, description="文件名；直接发 .xlsx 内容时用")
_MATCH = OpenApiParameter(
    "If-Match",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    required=True,
    description="读取时的 ETag；每行都写 version 时可写 *。已被他人改动答 412",
)


class WorkbookParser(BaseParser):
    """A DRF parser that returns the bytes of an .xlsx request body unchanged."""

    media_type = filling.XLSX

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> dict[str, bytes]:
        return {"file": stream.read(FILE_BYTES + 1)}


class FillingActions:
    """Mixin of REST viewset actions that read the sheets of a monthly return and fill them in."""

    @extend_schema(
        responses=shapes.SheetsSerializer, parameters=[_START], description="月报各表：列、行、现在的文字和检查结果。"
    )
    @requires(Permission.SEE_FIGURES)
    @action(detail=True)
    def sheets(self, request: Request, pk: str) -> Response:
        monthly_return = _get_return(request, pk)
        _dry_run_requested(request, "start")
        shown = _all_sheets_as_json(monthly_return, _first_row_number(request))
        return _with_etag(Response(shapes.SheetsSerializer(shown).data), monthly_return.version)

    @extend_schema(
        request=shapes.RowsSerializer,
        responses=shapes.SavedSerializer,
        parameters=[_SHEET, DRY_RUN_PARAMETER, IDEMPOTENCY_KEY_PARAMETER, _MATCH],
        description="填写一张表的若干行：对错都保存，答复检查结果。",
    )
    @requires(Permission.FILL_RETURN)
    @action(detail=True, methods=["patch"], url_path="sheets/(?P<sheet>[^/.]+)")
    def sheet_rows(self, request: Request, pk: str, sheet: str) -> Response | HttpResponse:
        monthly_return, dry = _get_return(request, pk), _dry_run_requested(request)
        try:
            dataset = datasets.get(sheet, monthly_return.period)
        except KeyError:
            raise Http404 from None
        expected = expected_version(request, any_version=True)
        sent = shapes.RowsSerializer(data=request.data, context={"dataset": dataset})
        sent.is_valid(raise_exception=True)
        edits = sent.edits()
        if expected is None and any(edit.version is None for edit in edits):
            raise VersionMissing("If-Match 为 * 时每行都须写 version。")
        try:
            with transaction.atomic():
                versions = filling.save_rows(
                    monthly_return.pk, dataset, edits, by=_signed_in_user(request), seen=expected
                )
                saved = _get_return(request, pk)
                checked = return_sheets.stored_sheets(saved).check()
                transaction.set_rollback(dry)
        except Stale as stale:
            return _stale_response(monthly_return, stale)
        except KeyError as unknown:
            raise exceptions.ValidationError({"rows": [f"{unknown.args[0]} 不在名录中。"]}) from None
        shown = {
            **_state_and_counts(monthly_return if dry else saved, checked),
            "dry_run": dry,
            "versions": versions,
            "findings": (found := checked.findings_of_sheet(dataset.code))[: shapes.LISTED],
            "findings_more": shapes.count_entries_beyond_limit(found),
        }
        return _with_etag(Response(shapes.SavedSerializer(shown).data), shown["version"])

    @extend_schema(
        request={
            filling.XLSX: OpenApiTypes.BINARY,
            "multipart/form-data": {
                "type": "object",
                "required": ["file"],
                "properties": {"file": {"type": "string", "format": "binary"}},
            },
        },
        responses={201: shapes.UploadSerializer, 200: shapes.UploadSerializer},
        parameters=[DRY_RUN_PARAMETER, IDEMPOTENCY_KEY_PARAMETER, _NAME],
        description="上传填好的 .xlsx 预览：会改哪些格、有哪些问题。还不写入。",
    )
    @requires(Permission.FILL_RETURN)
    @action(detail=True, methods=["post"], parser_classes=[MultiPartParser, WorkbookParser])
    def uploads(self, request: Request, pk: str) -> Response | HttpResponse:
        monthly_return, dry = _get_return(request, pk), _dry_run_requested(request, "name")
        data, name = _uploaded_file(request)
        try:
            received = (
                None if dry else filling.receive_upload(monthly_return.pk, data, name, by=_signed_in_user(request))
            )
            shown = (
                _stored_upload_preview(received) if received else _dry_run_preview(monthly_return, data, name, request)
            )
        except WorkbookRefused as refused:
            fault = {"field": "file", "detail": refused.message, "remedy": "改正后再发。"}
            return error_responses.problem_json(422, refused.message, errors=[fault])
        return Response(shapes.UploadSerializer(shown).data, status=200 if dry else 201)

    @extend_schema(
        responses=shapes.UploadSerializer,
        parameters=[_UPLOAD],
        description="再看一份已上传的 .xlsx：对照现在的内容会改哪些格、有哪些问题。",
    )
    @requires(Permission.FILL_RETURN)
    @action(detail=True, url_path="uploads/(?P<upload>[0-9a-f-]{36})")
    def upload(self, request: Request, pk: str, upload: str) -> Response:
        found = _get_upload(request, pk, upload)
        return Response(
            shapes.UploadSerializer(
                _stored_upload_preview(filling.preview_upload(found, by=_signed_in_user(request)))
            ).data
        )

    @extend_schema(
        request=shapes.ConfirmationSerializer,
        responses=shapes.ConfirmedSerializer,
        parameters=[_UPLOAD, IDEMPOTENCY_KEY_PARAMETER, _MATCH],
        description=(
            "采用预览过的 .xlsx。conflicts 中的格文件和系统都改过，在 choices 中逐格选定，或用 rest 一并选定；"
            "没有选全答 422，不写入。If-Match 写预览的 base_version。"
        ),
    )
    @requires(Permission.FILL_RETURN)
    @action(detail=True, methods=["post"], url_path="uploads/(?P<upload>[0-9a-f-]{36})/confirm")
    def confirm(self, request: Request, pk: str, upload: str) -> Response | HttpResponse:
        found = _get_upload(request, pk, upload)
        expected = expected_version(request, any_version=True)
        sent = shapes.ConfirmationSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        digest, choices = sent.validated_data["sha256"], sent.conflict_choices()
        try:
            monthly_return = filling.confirm_upload(
                found.pk, digest, by=_signed_in_user(request), seen=expected, choices=choices
            )
        except Stale as stale:
            return _stale_response(_get_return(request, pk), stale)
        except filling.UndecidedConflicts as undecided:
            merge = undecided.merge
            conflicts = shapes.conflicts_as_json(merge_conflicts.first_conflicts(merge, found.monthly_return))
            message = f"{undecided}。在 choices 中逐格写 mine 或 theirs，再发。"
            return error_responses.problem_json(
                422, message, conflicts=conflicts, conflicts_more=shapes.count_entries_beyond_limit(merge.conflicts)
            )
        shown = {
            **_state_and_counts(monthly_return, return_sheets.stored_sheets(monthly_return).check()),
            "id": found.pk,
            "sha256": found.file_id,
        }
        return _with_etag(Response(shapes.ConfirmedSerializer(shown).data), monthly_return.version)


def _signed_in_user(request: Request) -> User:
    return cast(User, request.user)


def _get_return(request: Request, pk: str) -> MonthlyReturn:
    return get_visible(MonthlyReturn.objects.with_region(), _signed_in_user(request), pk=pk)


def _get_upload(request: Request, pk: str, upload: str) -> Upload:
    everything = Upload.objects.select_related("file", "monthly_return__region", "received_by")
    return get_visible(everything, _signed_in_user(request), monthly_return=_get_return(request, pk), pk=upload)


def _dry_run_requested(request: Request, *more: str) -> bool:
    return is_dry_run(request, known={*more, *(() if request.method == "GET" else ("dry_run",))})


def _first_row_number(request: Request) -> int:
    """Return the zero-based index of the first row to list, read from the query parameter `start`."""
    start = request.query_params.get("start", "0")
    if not (start.isascii() and start.isdigit() and len(start) < 8):
        raise exceptions.ValidationError({"start": ["为 0 或正整数。"]})
    return int(start)


def _with_etag(response: Response, version: int) -> Response:
    """Set a response's ETag, made from the monthly return's version and a hash of the response's content.

    Findings depend on registers too, so the version alone would not do when reading.
    """
    digest = hashlib.sha256(repr(response.data).encode()).hexdigest()[:12]
    response["ETag"] = f'"{version}-{digest}"'
    return response


def _stale_response(monthly_return: MonthlyReturn, stale: Stale) -> HttpResponse:
    """Return a 412 response that says who has changed the monthly return meanwhile, and when."""
    last = (
        Event.objects.of(monthly_return._meta.label_lower, monthly_return.pk)
        .exclude(verb="file.downloaded")
        .newest_first()
        .first()
    )
    who = ""
    if last is not None:
        clock_time = last.recorded_at.astimezone(clock.SHANGHAI)
        who = f"{last.actor_name} {last.business_on:%-m月%-d日} {clock_time:%H:%M}改过。"
    now = MonthlyReturn.objects.values_list("version", flat=True).get(pk=monthly_return.pk)
    return error_responses.problem_json(412, f"{stale}。{who}读取现在的内容后再写。", version=now)


def _state_and_counts(monthly_return: MonthlyReturn, checked: CheckedReturn) -> dict[str, Any]:
    return {
        "version": monthly_return.version,
        "status": monthly_return.status,
        "blocking": len(checked.blocking),
        "unexplained": len(checked.unexplained),
    }


def _all_sheets_as_json(monthly_return: MonthlyReturn, start: int) -> dict[str, Any]:
    form = return_sheets.stored_sheets(monthly_return)
    checked = form.check()
    rows = Row.objects.filter(monthly_return=monthly_return).values_list("dataset", "key", "version")
    versions = {(dataset, key): version for dataset, key, version in rows}
    return {
        **_state_and_counts(monthly_return, checked),
        "region": monthly_return.region_id,
        "month": str(monthly_return.period),
        "sheets": [
            shapes.sheet_as_json(
                dataset, form.month, form.rows(dataset), versions, checked.findings_of_sheet(dataset.code), start=start
            )
            for dataset in datasets.of_month(form.month)
        ],
    }


def _uploaded_file(request: Request) -> tuple[bytes, str]:
    sent = request.data.get("file")  # type: ignore[union-attr]
    if sent is None:
        raise exceptions.ValidationError({"file": ["没有文件。"]})
    data = sent if isinstance(sent, bytes) else sent.read(FILE_BYTES + 1) if hasattr(sent, "read") else b""
    if len(data) > FILE_BYTES:
        raise TooLarge("文件超过 10 MB。删去图片和多余的工作表，再上传。")
    if not data:
        raise exceptions.ValidationError({"file": ["文件是空的。"]})
    return data, getattr(sent, "name", None) or request.query_params.get("name", "")


def _dry_run_preview(monthly_return: MonthlyReturn, data: bytes, name: str, request: Request) -> dict[str, Any]:
    """Return the API response body that says what uploading this workbook would change, without storing it."""
    check_move("fill", monthly_return, _signed_in_user(request))
    checked_merge = filling.merge_and_check(data, monthly_return, by=_signed_in_user(request))
    return _preview_body(None, name, hashlib.sha256(data).hexdigest(), monthly_return, checked_merge)


def _stored_upload_preview(received: filling.UploadPreview) -> dict[str, Any]:
    upload = received.upload
    return _preview_body(upload.pk, upload.name, upload.file_id, upload.monthly_return, received.checked_merge)


def _preview_body(
    pk: UUID | None, name: str, digest: str, monthly_return: MonthlyReturn, checked_merge: filling.CheckedMerge
) -> dict[str, Any]:
    checked, merge = checked_merge.checked, checked_merge.merge
    return {
        "id": pk,
        "name": name,
        "sha256": digest,
        "base_version": monthly_return.version,
        "downloaded_version": merge.base.version,
        "blocking": len(checked.blocking),
        "unexplained": len(checked.unexplained),
        "changes": _first_changes_as_json(merge.changes),
        "changes_more": shapes.count_entries_beyond_limit(merge.changes),
        "kept": _first_changes_as_json(merge.kept_cells),
        "kept_more": shapes.count_entries_beyond_limit(merge.kept_cells),
        "conflicts": shapes.conflicts_as_json(merge_conflicts.first_conflicts(merge, monthly_return)),
        "conflicts_more": shapes.count_entries_beyond_limit(merge.conflicts),
        "findings": checked.findings[: shapes.LISTED],
        "findings_more": shapes.count_entries_beyond_limit(checked.findings),
    }


def _first_changes_as_json(cells: CountedList[Change]) -> list[dict[str, str]]:
    names = ("sheet", "record", "column", "before", "after")
    return [dict(zip(names, change, strict=True)) for change in islice(cells, shapes.LISTED)]
