"""REST viewsets that list, download, add and remove attachments, made from each list's declaration."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.http import QueryDict
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse
from rest_framework import exceptions, serializers, viewsets
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from hunan_trade.accounts.models import User
from hunan_trade.lists.api.api_fields import REASON, REASON_LENGTH
from hunan_trade.lists.api.api_query import visible_record
from hunan_trade.lists.api.api_writes import RuleBroken, read_reason
from hunan_trade.lists.attachments import actions, queries
from hunan_trade.lists.attachments.file_kind_detection import ACCEPTED, CONTENT_TYPES, MAX_BYTES, AttachmentRefused
from hunan_trade.lists.attachments.views import attachment_response
from hunan_trade.lists.declaration import Editing, Listing
from hunan_trade.lists.record_keys import Key, key_url_pattern, pk_of
from hunan_trade.web.access_decorators import requires
from hunan_trade.web.rest_json_parser import StrictJSON
from hunan_trade.web.rest_problem_schemas import error_header_schemas, error_response_schemas
from hunan_trade.web.rest_viewsets import AnyTypeRenderer
from hunan_trade.web.rest_write_parameters import IDEMPOTENCY_KEY_PARAMETER, is_dry_run
from hunan_trade.workbooks.zip_archive import MEGABYTE


class AttachmentSerializer(serializers.Serializer[Any]):
    """An attachment of a record."""

    id = serializers.UUIDField(help_text="编号")
    name = serializers.CharField(help_text="文件名", max_length=100)
    kind = serializers.ChoiceField([(kind, f".{kind}") for kind in sorted(CONTENT_TYPES)], help_text="类型，按内容判断")
    size = serializers.IntegerField(source="file.size", min_value=1, help_text="字节数")
    sha256 = serializers.RegexField("^[0-9a-f]{64}$", source="file_id", help_text="内容的 SHA-256")
    added_at = serializers.DateTimeField(source="added.at", help_text="何时添加")
    added_by = serializers.CharField(source="added.by_name", max_length=150, help_text="谁添加")


class AttachmentsSerializer(serializers.Serializer[Any]):
    """All attachments of a record, without paging."""

    results: Any = AttachmentSerializer(many=True)


def _serializers(listing: Listing) -> tuple[type[AttachmentSerializer], type[AttachmentsSerializer]]:
    """Return a list's two serializer classes: for one attachment, and for all attachments of a record."""
    if not listing.documents:
        return AttachmentSerializer, AttachmentsSerializer
    types = [(each.code, each.title) for each in listing.documents]
    document = serializers.ChoiceField(types, help_text="文件种类，其他文件为空", allow_blank=True)
    name = f"{listing.model.__name__}Attachment"
    one = type(f"{name}Serializer", (AttachmentSerializer,), {"document": document})
    return one, type(f"{name}sSerializer", (AttachmentsSerializer,), {"results": one(many=True)})


_FILE = {
    "type": "string",
    "format": "binary",
    "minLength": 1,
    "description": f"{ACCEPTED}，不超过 {MAX_BYTES // MEGABYTE} MB",
}
_REASON = {"type": "string", "minLength": 1, "maxLength": REASON_LENGTH, "description": "为什么移除，写进经过"}
_REMOVAL = {"type": "object", "required": [REASON], "properties": {REASON: _REASON}, "additionalProperties": False}


def _upload_form_schema(listing: Listing) -> dict[str, Any]:
    """Return the OpenAPI schema of the multipart form with which a client uploads an attachment to a record."""
    named = "，".join(f"{each.code} {each.title}" for each in listing.documents)
    codes = ["", *(each.code for each in listing.documents)]
    document = {"type": "string", "enum": codes, "description": f"文件种类：{named}；其他文件为空"}
    properties = {"file": _FILE, "document": document} if listing.documents else {"file": _FILE}
    return {"type": "object", "required": ["file"], "properties": properties, "additionalProperties": False}


class AttachmentSchema(AutoSchema):
    """drf-spectacular schema class that describes the REST operations on attachments."""

    view: Any

    def get_operation_id(self) -> str:
        names = {"attachments": "list", "create": "create", "download": "retrieve", "remove": "destroy"}
        return f"{self.view.listing.code}_attachments_{names[self.view.action]}"

    def get_override_parameters(self) -> list[Any]:
        return [IDEMPOTENCY_KEY_PARAMETER] if self.view.action in ("create", "remove") else []

    def get_request_serializer(self) -> Any:
        return {"multipart/form-data": _upload_form_schema(self.view.listing)} if self.view.action == "create" else None

    def _get_request_body(self, direction: Any = "request") -> Any:
        if self.view.action == "remove":  # drf-spectacular describes no body of DELETE
            return {"content": {"application/json": {"schema": _REMOVAL}}, "required": True}
        body = super()._get_request_body(direction)  # type: ignore[no-untyped-call]
        return body and body | {"required": True}

    def get_response_serializers(self) -> Any:
        if self.view.action == "create":
            return {
                201: self.view.one_serializer,
                **error_response_schemas(400, 401, 403, 404, 409, 410, 413, 415, 422),
            }
        if self.view.action == "remove":
            removed = OpenApiResponse(description="已移除；记录的经过里仍有，仍可下载。")
            return {204: removed, **error_response_schemas(400, 401, 403, 404, 409, 410, 413, 415, 422)}
        files: dict[Any, Any] = {(200, content_type): OpenApiTypes.BINARY for content_type in CONTENT_TYPES.values()}
        if self.view.action == "attachments":
            return {200: self.view.serializer_class, **error_response_schemas(400, 401, 403, 404, 410)}
        return {**files, **error_response_schemas(400, 401, 403, 404)}

    def _get_response_headers_for_code(self, status_code: str, direction: Any = "response") -> dict[str, Any]:
        return error_header_schemas(status_code)


class AttachmentViewSet(viewsets.GenericViewSet[Any]):
    """Base class of the REST viewsets for attachments; `attachment_api_urls` makes a subclass for each list."""

    listing: Listing
    one_serializer: type[AttachmentSerializer]
    parser_classes = (MultiPartParser,)
    filter_backends = ()
    pagination_class = None
    schema = AttachmentSchema()

    def attachments(self, request: Request, pk: Key) -> Response:
        """一条记录现有的附件。"""
        is_dry_run(request, known=())
        record = visible_record(self.listing, cast(User, request.user), pk)
        found = queries.attachments_on_day(queries.attachments_of(self.listing, record.pk), None)
        return Response(self.get_serializer_class()({"results": found}).data)

    def download(self, request: Request, pk: Key, attachment: UUID) -> HttpResponseBase:
        """下载一个附件，已移除的也可以。"""
        is_dry_run(request, known=())
        return attachment_response(self.listing, cast(User, request.user), pk_of(self.listing, pk), attachment)


def attachment_api_urls(listing: Listing) -> list[URLPattern]:
    """Return the URL patterns, below /api/v1/, with which clients read and write attachments of a list's records."""
    viewset, name, begin = (
        _viewset(listing),
        f"api-{listing.code}",
        f"{listing.code}/{key_url_pattern(listing)}/attachments/",
    )
    adding, removing = ({"post": "create"}, {"delete": "remove"}) if listing.editing else ({}, {})
    one = viewset.as_view(
        {"get": "download", **removing}, renderer_classes=(AnyTypeRenderer,), parser_classes=(StrictJSON,)
    )
    return [
        path(begin, viewset.as_view({"get": "attachments", **adding}), name=f"{name}-attachments"),
        path(f"{begin}<uuid:attachment>/", one, name=f"{name}-attachment"),
    ]


def _viewset(listing: Listing) -> type[AttachmentViewSet]:
    one, all_of_record = _serializers(listing)
    about: dict[str, Any] = {"listing": listing, "queryset": listing.rows()}
    about |= {"one_serializer": one, "serializer_class": all_of_record}
    if (editing := listing.editing) is not None:
        about |= {"create": _create_method(listing, editing), "remove": _remove_method(listing, editing)}
    return requires(listing.see)(type("AttachmentViewSet", (AttachmentViewSet,), about))


def _read_uploaded_file(listing: Listing, request: Request) -> tuple[Any, str]:
    """Return the uploaded file and the code of its document type or ""; raise ValidationError for a bad form."""
    codes = ["", *(each.code for each in listing.documents)]
    form = cast(QueryDict, request.data)
    known = {"file", "document"} if listing.documents else {"file"}
    if "file" not in form or form.keys() - known or len(request.FILES.getlist("file")) != 1:
        raise exceptions.ValidationError({"file": [f"表单只有 {'、'.join(sorted(known))}，file 是一个文件。"]})
    document, *more = form.getlist("document") or [""]
    if more or document not in codes:
        raise exceptions.ValidationError({"document": ["没有这种文件。"]})
    return request.FILES["file"], str(document)


def _create_method(listing: Listing, editing: Editing) -> Any:
    @requires(editing.permission)
    def create(self: AttachmentViewSet, request: Request, pk: Key) -> Response:
        """为一条记录添加附件。"""
        is_dry_run(request, known=())
        user = cast(User, request.user)
        record = visible_record(listing, user, pk)
        file, document = _read_uploaded_file(listing, request)
        try:
            found = actions.attach(listing, record.pk, file.read(), file.name, by=user, document=document)
        except AttachmentRefused as refused:
            raise RuleBroken({"file": [refused.sentence]}) from refused
        return Response(self.one_serializer(found).data, status=201)

    return create


def _remove_method(listing: Listing, editing: Editing) -> Any:
    @requires(editing.permission)
    def remove(self: AttachmentViewSet, request: Request, pk: Key, attachment: UUID) -> Response:
        """移除一个附件。文件和经过都留着。"""
        is_dry_run(request, known=())
        user = cast(User, request.user)
        record = visible_record(listing, user, pk)
        found, reason = queries.find_attachment(listing, record.pk, attachment), read_reason(request)
        if not reason:
            raise RuleBroken({REASON: ["移除要写明原因。"]})
        actions.mark_attachment_removed(listing, found, by=user, reason=reason)
        return Response(status=204)

    return remove
