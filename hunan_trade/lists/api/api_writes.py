"""Functions that add records, edit them and change their workflow state through the REST API.

POST adds a record, PATCH changes fields of one, a POST below it moves it to another state, all by the app's actions as
the pages do.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Field, Model
from django.http import HttpResponse, QueryDict
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from hunan_trade.accounts.models import User
from hunan_trade.lists.api.api_fields import DOUBTS, REASON, REASON_LENGTH, Schema, fields_of, unwritable_fields
from hunan_trade.lists.api.api_query import RecordQuery, visible_record
from hunan_trade.lists.api.move_field_schemas import field_schema
from hunan_trade.lists.declaration import Editing, Listing, Moves
from hunan_trade.lists.editing.record_form import LONG_TEXT
from hunan_trade.lists.merged_records import refuse_merged
from hunan_trade.lists.models import Act
from hunan_trade.lists.moves.move_form import MoveForm, field_sentences
from hunan_trade.lists.record_change_preparation import Outcome, RecordChange, stale_sentences
from hunan_trade.lists.record_keys import Key
from hunan_trade.text_cleaning import tidy, tidy_lines
from hunan_trade.web import error_responses
from hunan_trade.web.rest_write_parameters import expected_version, is_dry_run
from hunan_trade.workflow import Stale

_STATUSES = {"stale": 412, "unknown": 404, "deleted": 410}
_JSON_TYPES: Mapping[str, tuple[type, str]] = {
    "string": (str, "文字"),
    "integer": (int, "整数"),
    "boolean": (bool, "true 或 false"),
    "array": (list, "文字的列表"),
}


class RuleBroken(exceptions.ValidationError):
    """Raised (status 422) when the field values in a well-formed request break a rule for the record."""

    status_code = 422


def create(listing: Listing, editing: Editing, request: Request) -> Response | HttpResponse:
    """Add a record to a list through the API, and respond with it: status 201 if saved, 200 in a dry run."""
    dry, user = is_dry_run(request), cast(User, request.user)
    values, reason = _read_body(
        request, _writable_schemas(listing, user), _unwritable_field_sentences(listing, request, is_new=True)
    )
    return _save(listing, editing, RecordChange(values), user, Act.Kind.CREATED, reason, dry=dry)


def update(listing: Listing, editing: Editing, request: Request, key: Key) -> Response | HttpResponse:
    """Change fields of a record through the API if its version is the expected one; respond with the record.

    In a dry run it is returned as it would stand.
    """
    dry, user = is_dry_run(request), cast(User, request.user)
    record = visible_record(listing, user, key)
    seen = expected_version(request)
    values, reason = _read_body(
        request, _writable_schemas(listing, user), _unwritable_field_sentences(listing, request, is_new=False)
    )
    _require_reason(editing, record, values, reason)
    return _save(listing, editing, RecordChange(values, record.pk, seen), user, Act.Kind.EDITED, reason, dry=dry)


def move_record(listing: Listing, moves: Moves, name: str, request: Request, key: Key) -> Response | HttpResponse:
    """Change the workflow state of a record through the API, and respond with the record.

    The body holds the fields of the move and the reason. In a dry run the record is returned as it would stand.
    """
    dry, user = is_dry_run(request), cast(User, request.user)
    pk = visible_record(listing, user, key).pk
    seen = expected_version(request)
    form = _move_form(listing, name, request)
    with transaction.atomic():
        try:
            moves.make(pk=pk, name=name, by=user, seen=seen, reason=form.reason, **form.values)
        except ValidationError as wrong:
            raise _rule_broken(field_sentences(wrong)) from None
        except Stale:
            (sentence,) = stale_sentences(listing.model, [visible_record(listing, user, key)]).values()
            return _conflict_or_gone_response(listing, user, Outcome("refused", pk, None, {"": (sentence,)}, "stale"))
        body = _written_body(listing, user, pk)
        transaction.set_rollback(dry)
    return _write_response(body, 200, dry=dry)


def _save(
    listing: Listing, editing: Editing, change: RecordChange, user: User, kind: Act.Kind, reason: str, *, dry: bool
) -> Response | HttpResponse:
    with transaction.atomic():
        (outcome,) = editing.save(changes=[change], by=user, kind=kind, reason=reason)
        if outcome.problem == "invalid":
            raise _rule_broken(outcome.errors)
        if outcome.refused:
            return _conflict_or_gone_response(listing, user, outcome)
        body = _written_body(listing, user, outcome.pk)
        transaction.set_rollback(dry)
    body |= {DOUBTS: list(outcome.doubts)} if outcome.doubts else {}
    if dry:
        body |= {} if change.pk else {"id": None}
    return _write_response(body, 200 if change.pk else 201, dry=dry)


def _rule_broken(sentences: Mapping[str, Sequence[str]]) -> RuleBroken:
    return RuleBroken({name or "non_field_errors": list(each) for name, each in sentences.items()})


def _written_body(listing: Listing, user: User, pk: int | None) -> dict[str, Any]:
    """Read a record anew after a write, and return its JSON body."""
    query = RecordQuery(listing, user, QueryDict())
    (body,) = query.record_bodies([query.rows.get(pk=pk)])
    return body


def _write_response(body: dict[str, Any], status: int, *, dry: bool) -> Response:
    """Return the API response to a write, with the record's version as ETag unless it was a dry run."""
    if dry:
        return Response(body)
    return Response(body, status=status, headers={"ETag": f'"{body["version"]}"'})


def _conflict_or_gone_response(listing: Listing, user: User, outcome: Outcome) -> HttpResponse:
    """Return a 412 response if somebody else changed the record first, or 410 or 404 if it no longer exists.

    It says who was faster, and the version now.
    """
    refuse_merged(listing, outcome.pk, user)
    sentence = "".join(sentence for each in outcome.errors.values() for sentence in each)
    now = listing.visible_rows(user).filter(pk=outcome.pk).values_list("version", flat=True).first()
    return error_responses.problem_json(_STATUSES[outcome.problem], sentence, **({"version": now} if now else {}))


def _require_reason(editing: Editing, record: Model, values: Mapping[str, Any], reason: str) -> None:
    """Raise RuleBroken if a changed field requires a reason and the request has none."""
    fields = {name: cast("Field[Any, Any]", record._meta.get_field(name)) for name in values}
    changed = [name for name, field in fields.items() if getattr(record, field.attname) != values[name]]
    if not reason and (asking := [name for name in changed if name in editing.reason_for]):
        titles = "、".join(str(fields[name].verbose_name) for name in asking)
        raise RuleBroken({REASON: [f"改了{titles}，要写明为什么。"]})


# --- Bodies ---------------------------------------------------------------------------------------------------------
def _writable_schemas(listing: Listing, user: User) -> dict[str, Schema]:
    """Return the OpenAPI type of each field that the user may edit, by field name."""
    return {field.name: field.schema for field in fields_of(listing, user) if field.editable}


def _unwritable_field_sentences(listing: Listing, request: Request, *, is_new: bool) -> dict[str, str]:
    """Return a dict from each field that the API call may not write to a Chinese sentence that says why."""
    locked = unwritable_fields(listing, cast(User, request.user), request.auth, is_new=is_new)
    return {name: f"这一项{phrase}。" for name, phrase in locked.items()}


def read_reason(request: Request) -> str:
    """Return the reason given in a request body that may contain no other field; "" if there is none.

    Raises ValidationError, which names every fault of form.
    """
    return _read_body(request, {}, {})[1]


def _read_body(
    request: Request, writable: Mapping[str, Schema], locked: Mapping[str, str]
) -> tuple[dict[str, Any], str]:
    """Validate a request's JSON body, and return its field values (a dict by field name) and its reason.

    The fields `locked` are refused with their sentences, as far as the caller may see them.

    Raises ValidationError, which names every fault of form. What the values mean is judged by the action alone.
    """
    body = request.data
    if not isinstance(body, dict):
        raise exceptions.ParseError("内容须是一个 JSON 对象。")
    values, faults = {}, {}
    for name, given in body.items():
        if name in writable and name in locked:
            faults[name] = [locked[name]]
            continue
        try:
            values[name] = _read_value(writable.get(name), name, given)
        except ValueError as wrong:
            faults[name] = [str(wrong)]
    if faults:
        raise exceptions.ValidationError(faults)
    return values, values.pop(REASON, "")


def _move_form(listing: Listing, name: str, request: Request) -> MoveForm:
    """Return the validated form of a state change, filled with the values in the request's body.

    Raises ValidationError, which names every fault of form, and RuleBroken, which names every other one.
    """
    user = cast(User, request.user)
    blank = MoveForm(listing, name, user)
    schemas = {each: field_schema(each, blank.fields[each]) for each in blank.names}
    given, reason = _read_body(request, schemas, {})
    typed = {each: blank.fields[each].prepare_value(value) for each, value in given.items()}
    form = MoveForm(listing, name, user, typed | {REASON: reason})
    if not form.is_valid():
        raise RuleBroken({each: [str(sentence) for sentence in form.errors[each]] for each in form.errors})
    return form


def _read_value(schema: Schema | None, name: str, given: Any) -> Any:
    """Validate the JSON value given for a field, and convert it into a Python value.

    Raises ValueError with a sentence.
    """
    if name == REASON:
        return _read_typed({"type": "string", "maxLength": REASON_LENGTH}, given)
    if schema is None:
        raise ValueError("没有这一项，或不能写。")
    if given is None and schema.get("nullable"):
        return None
    return _read_typed(schema, given)


def _read_typed(schema: Schema, given: Any) -> Any:
    """Convert a JSON value into the Python value that its OpenAPI type `schema` prescribes.

    Raises ValueError with a sentence.
    """
    if schema["type"] == "integer" and isinstance(given, Decimal) and given == given.to_integral_value():
        given = int(given)  # 5.0 is one, too
    of_type, words = _JSON_TYPES[schema["type"]]
    if not isinstance(given, of_type) or (of_type is int and isinstance(given, bool)):
        raise ValueError(f"要写成{words}。")
    if isinstance(given, list):
        return [_read_typed(schema["items"], each) for each in given]
    return _value_from_json_string(schema, given) if isinstance(given, str) else given


def _value_from_json_string(schema: Schema, given: str) -> Any:
    kind = schema.get("format", "")
    if kind == "decimal":
        if not re.fullmatch(schema["pattern"], given):
            raise ValueError("写成 1234.50 这样的数，不用逗号。")
        return Decimal(given)
    if kind == "date":
        try:
            return date.fromisoformat(given if len(given) == 10 else "")
        except ValueError:
            raise ValueError("日期要真实存在，写成 2013-06-30。") from None
    longest = schema.get("maxLength", LONG_TEXT)
    return tidy_lines(given) if longest > LONG_TEXT else tidy(given)
