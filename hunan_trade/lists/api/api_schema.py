"""OpenAPI description of a list's API, made from the list's declaration.

It is written for whoever asks: what does not exist for the caller is not described.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, cast

from django.http import QueryDict
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from hunan_trade.accounts.models import User
from hunan_trade.lists.api.api_fields import (
    DAY,
    DOUBTS,
    REASON,
    REASON_LENGTH,
    STRING,
    ApiField,
    Schema,
    fields_of,
    key_schema,
    unwritable_fields,
)
from hunan_trade.lists.api.linked_record_counts_and_sums import (
    LINKED,
    has_linkable_lists,
    linked_record_summaries_schema,
)
from hunan_trade.lists.api.move_field_schemas import field_schema
from hunan_trade.lists.declaration import Listing, Moves
from hunan_trade.lists.filter_fields import MAX_WORDS, NUMBER, PERIODS
from hunan_trade.lists.filters import AmountFilter, ChoicesFilter, DaysFilter, ListFilter, SearchFilter
from hunan_trade.lists.list_query import ListQuery
from hunan_trade.lists.moves.move_form import MoveForm
from hunan_trade.web.rest_problem_schemas import error_header_schemas, error_response_schemas
from hunan_trade.web.rest_write_parameters import DRY_RUN_PARAMETER, IDEMPOTENCY_KEY_PARAMETER, IF_MATCH_PARAMETER


class RecordSerializer(serializers.Serializer[Any]):
    """A serializer that serializes nothing: it only stands for a list's records in the OpenAPI description."""

    listing: Listing


class OneRecordSerializer(RecordSerializer):
    """A placeholder in the OpenAPI description for one record with the numbers and sums of its linked records."""


class WrittenRecordSerializer(RecordSerializer):
    """A placeholder in the OpenAPI description for the response to a write: the record, and any warnings about it."""


class NewRecordSerializer(RecordSerializer):
    """A placeholder in the OpenAPI description for the request body that adds a record."""


class RecordChangeSerializer(RecordSerializer):
    """Serializer without fields that stands for the body of a PATCH request of a record in the OpenAPI description."""


def serializer_of(listing: Listing, base: type[RecordSerializer] = RecordSerializer) -> type[RecordSerializer]:
    """Create a list's own subclass of the placeholder `base`, named after its model, such as NewParkSerializer.

    It names a component of the description: Park, NewPark, ParkChange.
    """
    name = base.__name__.replace("Record", str(listing.model._meta.object_name), 1)
    if base is RecordSerializer:
        name = f"{listing.model._meta.object_name}Serializer"
    return type(name, (base,), {"listing": listing})


class RecordMoveSerializer(RecordSerializer):
    """A placeholder in the OpenAPI description for the request body that changes a record's workflow state."""

    move: str


def move_serializer(listing: Listing, moves: Moves, name: str) -> type[RecordMoveSerializer]:
    """Create the serializer class of a state change's request body, named such as CraneStartMoveSerializer."""
    has_own_body = moves.move_fields(name) or moves.workflow.moves[name].needs_reason
    words = "".join(word.title() for word in name.split("_")) if has_own_body else ""
    title = f"{listing.model._meta.object_name}{words}MoveSerializer"
    return type(title, (RecordMoveSerializer,), {"listing": listing, "move": name})


class RecordExtension(OpenApiSerializerExtension):
    """drf-spectacular extension that describes a list's records with the fields that the caller may see."""

    target_class = RecordSerializer
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: Any) -> Schema:
        listing: Listing = self.target.listing
        fields = fields_of(listing, caller(auto_schema))
        if not isinstance(self.target, NewRecordSerializer | RecordChangeSerializer | RecordMoveSerializer):
            is_one = isinstance(self.target, OneRecordSerializer)
            linked = {LINKED: linked_record_summaries_schema(listing, caller(auto_schema))} if is_one else {}
            doubts = {DOUBTS: _DOUBTS} if isinstance(self.target, WrittenRecordSerializer) else {}
            described = (
                _id_and_version_schemas(listing) | {field.name: field.schema for field in fields} | linked | doubts
            )
            return _object(described, list(_id_and_version_schemas(listing)))
        if isinstance(self.target, RecordMoveSerializer):
            return self._move_body_schema(auto_schema)
        writable = self._writable(auto_schema, fields)
        needed = [field.name for field in writable if field.is_needed]
        properties = {field.name: field.schema | _minimum_length(field) for field in writable} | {REASON: _REASON}
        return _object(properties, needed if isinstance(self.target, NewRecordSerializer) else [])

    def _move_body_schema(self, auto_schema: AutoSchema) -> Schema:
        form = MoveForm(self.target.listing, self.target.move, caller(auto_schema))
        properties = {name: field_schema(name, form.fields[name]) for name in form.names} | {REASON: _REASON}
        return _object(properties, [name for name in properties if form.fields[name].required])

    def _writable(self, auto_schema: AutoSchema, fields: Iterable[ApiField]) -> list[ApiField]:
        listing, token = self.target.listing, auto_schema.view.request.auth
        is_new = isinstance(self.target, NewRecordSerializer)
        locked = unwritable_fields(listing, caller(auto_schema), token, is_new=is_new)
        return [field for field in fields if field.editable and field.name not in locked]


def _id_and_version_schemas(listing: Listing) -> Schema:
    """Return the OpenAPI properties `id` and `version`, with which every JSON body of a record begins."""
    head: Schema = {"id": key_schema(listing) | {"nullable": True, "description": "编号；只检查时还没有"}}
    if hasattr(listing.model, "version"):
        head["version"] = {"type": "integer", "minimum": 1, "description": "版本，每改一次加一"}
    return head


_REASON: Schema = {"type": "string", "maxLength": REASON_LENGTH, "description": "为什么，写进经过；有的项改了必须写"}


_DOUBTS: Schema = {
    "type": "array",
    "items": {"type": "string"},
    "description": "写入了、但要核对的，如已有名称相近的项目；没有的不列",
}


def _minimum_length(field: ApiField) -> Schema:
    return {"minLength": 1} if field.is_needed and field.schema["type"] == "string" else {}


def _object(properties: Schema, required: list[str]) -> Schema:
    shape: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return shape | ({"required": required} if required else {})


def caller(auto_schema: AutoSchema) -> User:
    """Return the user for whom the OpenAPI description is generated.

    Where it is made for nobody, no right of one's own is described.
    """
    return cast(User, auto_schema.view.request.user)


class ListSchema(AutoSchema):
    """drf-spectacular schema class that describes the operations of a list's viewset."""

    view: Any

    @property
    def listing(self) -> Listing:
        listing: Listing = self.view.listing
        return listing

    def get_override_parameters(self) -> list[Any]:
        if self.view.action == "list":
            return [*self._filter_parameters(), *self._sort_parameter(), *self._fields_and_as_of_parameters()]
        if self.view.action == "retrieve":
            return self._fields_and_as_of_parameters()
        written = [DRY_RUN_PARAMETER, IDEMPOTENCY_KEY_PARAMETER]
        return written if self.view.action == "create" else [*written, IF_MATCH_PARAMETER]

    def get_auth(self) -> list[dict[str, list[str]]]:
        """Return the ways to authenticate that the operation allows; some operations allow no API token."""
        access = getattr(getattr(self.view, self.view.action), "access", None)
        schemes = super().get_auth()
        return [scheme for scheme in schemes if "session" in scheme] if access and access.by_person else schemes

    def get_request_serializer(self) -> Any:
        bases = {"create": NewRecordSerializer, "partial_update": RecordChangeSerializer}
        if self._is_move:
            return self.view.move_serializers[self.view.action.removeprefix("move_")]
        base = bases.get(self.view.action)
        return None if base is None else serializer_of(self.listing, base)

    def get_response_serializers(self) -> Any:
        record = one = written = self.view.serializer_class
        if self.listing.derived is not None and self.listing.derived.follow is not None:
            written = self.view.written_serializer
        if has_linkable_lists(self.listing, caller(self)):
            one = serializer_of(self.listing, OneRecordSerializer)
        unchanged = OpenApiResponse(description="If-None-Match 所带的 ETag 仍然有效，内容没有变。")
        checked = OpenApiResponse(written, description="只检查，没有保存：保存了会是这样。")
        answers: dict[str, tuple[dict[Any, Any], tuple[int, ...]]] = {
            "list": ({200: record, 304: unchanged}, (400, 401, 403)),
            "retrieve": ({200: one, 304: unchanged}, (400, 401, 403, *self._missing_record_statuses())),
            "create": ({201: written, 200: checked}, (400, 401, 403, 409, 413, 415, 422)),
            "partial_update": (
                {200: record if self._is_move else written},
                (400, 401, 403, *self._missing_record_statuses(), 409, 412, 413, 415, 422, 428),
            ),
        }
        good, refused = answers["partial_update" if self._is_move else self.view.action]
        return good | error_response_schemas(*refused)

    def _get_response_headers_for_code(self, status_code: str, direction: Any = "response") -> Schema:
        described = {"ETag": {"schema": STRING, "description": "校验标记；记录的以版本开头"}}
        return described if status_code in ("200", "201", "304") else error_header_schemas(status_code)

    @property
    def _is_move(self) -> bool:
        return str(self.view.action).startswith("move_")

    def _missing_record_statuses(self) -> tuple[int, ...]:
        """Return the HTTP statuses for a missing record: 404, and also 410 if the list keeps a history."""
        return (404, 410) if self.listing.has_history else (404,)

    # --- Parameters -------------------------------------------------------------------------------------------------
    def _filter_parameters(self) -> Iterator[OpenApiParameter]:
        user = caller(self)
        for name, filter_ in ListQuery(self.listing, user, QueryDict()).full_filterset.filters.items():
            yield from _parameters_of(name, filter_, with_choices=user.is_authenticated)

    def _sort_parameter(self) -> Iterator[OpenApiParameter]:
        keys = [column.key for column in self.listing.visible_columns(caller(self)) if column.sort]
        if keys:
            schema = {"type": "string", "enum": [*keys, *(f"-{key}" for key in keys)]}
            yield _query_parameter("sort", schema, "次序，前加 - 为降序；不写的按名录自己的次序")

    def _fields_and_as_of_parameters(self) -> list[OpenApiParameter]:
        names = [field.name for field in fields_of(self.listing, caller(self))]
        names += [LINKED] if self.view.action == "retrieve" and has_linkable_lists(self.listing, caller(self)) else []
        several: Schema = {"type": "array", "items": {"type": "string", "enum": names}, "minItems": 1}
        described = [
            _query_parameter("fields", several, "只要哪些项，用逗号隔开；不写的全要", style="form", explode=False)
        ]
        if self.listing.has_history:
            described.append(_query_parameter("as_of", DAY, "这一天结束时的内容；不写的是现在的"))
        return described


def _query_parameter(name: str, schema: Schema, description: str, **more: Any) -> OpenApiParameter:
    return OpenApiParameter(name, schema, description=description, **more)


def _parameters_of(name: str, filter_: ListFilter, *, with_choices: bool) -> Iterator[OpenApiParameter]:
    """Yield the OpenAPI descriptions of the URL parameters that one filter of a list understands.

    `with_choices` names the codes that can be chosen, which may depend on the caller and be read from the database.
    """
    label = str(filter_.label)
    if isinstance(filter_, SearchFilter):
        yield _query_parameter(
            name, {"type": "string", "minLength": 1, "maxLength": MAX_WORDS}, "查找：名称、编号的一部分或拼音首字母"
        )
    elif isinstance(filter_, ChoicesFilter):
        choices = filter_.choices() if with_choices else {}
        codes: Schema = {"type": "string", **({"enum": list(choices)} if choices else {})}
        words = "，".join(f"{code} {title.removeprefix(code).lstrip()}" for code, title in choices.items())
        several: Schema = {"type": "array", "items": codes, "minItems": 1}
        yield _query_parameter(name, several, f"{label}，可重复：{words}".rstrip("："), style="form", explode=True)
        yield _query_parameter(f"{name}_not", {"type": "string", "enum": ["on"]}, f"{label}：所选的除外")
    elif isinstance(filter_, DaysFilter):
        yield _query_parameter(f"{name}_after", DAY, f"{label}：从这一天起，含当天")
        yield _query_parameter(f"{name}_before", DAY, f"{label}：到这一天止，含当天")
        spans = "，".join(f"{code} {words}" for code, (words, _) in PERIODS.items())
        yield _query_parameter(
            f"{name}_in", {"type": "string", "enum": list(PERIODS)}, f"{label}：{spans}；不与起止日期同用"
        )
    elif isinstance(filter_, AmountFilter):
        number: Schema = {"type": "string", "pattern": f"^{NUMBER.pattern}$"}
        yield _query_parameter(f"{name}_min", number, f"{label}：不少于，单位 {filter_.unit}")
        yield _query_parameter(f"{name}_max", number, f"{label}：不多于，单位 {filter_.unit}")
    else:
        yield _query_parameter(name, {"type": "string", "enum": ["yes", "no"]}, f"{label}：yes 有，no 无")
