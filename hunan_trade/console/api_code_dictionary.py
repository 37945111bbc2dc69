"""Lists every code in the API's responses with its label, read from the API's OpenAPI description."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any

from rest_framework import serializers

from hunan_trade.web.rest_code_label_schemas import LABELS

Schema = dict[str, Any]


@dataclass
class CodedField:
    """A field in API responses whose values are codes, with each code's label and the operations that return it."""

    schema: str  # name of the component of the description
    field: str  # with its path, such as rounds.decision
    title: str
    labels: dict[str, str]
    found_in: list[str] = dataclass_field(default_factory=list)  # GET /api/v1/parks/

    @property
    def codes(self) -> list[dict[str, str]]:
        return [{"code": code, "label": label} for code, label in self.labels.items()]


def coded_fields(description: Schema) -> list[CodedField]:
    """Return all fields of the API's responses whose values are codes, in the order of the OpenAPI description."""
    components: Schema = description["components"]["schemas"]
    found: dict[tuple[str, str], CodedField] = {}
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            for name in _response_schema_names(components, operation):
                for coded in _find_coded_fields(name, "", components[name]):
                    place = found.setdefault((coded.schema, coded.field), coded)
                    place.found_in.append(f"{method.upper()} {path}")
    return list(found.values())


def _response_schema_names(components: Schema, operation: Schema) -> list[str]:
    """Return the names of all schema components that occur in an operation's responses."""
    names = list(dict.fromkeys(_referenced_schema_names(operation["responses"])))
    for name in names:
        names += [each for each in dict.fromkeys(_referenced_schema_names(components[name])) if each not in names]
    return names


def _referenced_schema_names(shape: Any) -> Iterator[str]:
    if isinstance(shape, dict):
        if "$ref" in shape:
            yield shape["$ref"].rpartition("/")[2]
        for part in shape.values():
            yield from _referenced_schema_names(part)
    elif isinstance(shape, list):
        for part in shape:
            yield from _referenced_schema_names(part)


def _find_coded_fields(component: str, path: str, shape: Schema) -> Iterator[CodedField]:
    """Yield each field of the OpenAPI schema `shape`, at any depth, whose values are codes."""
    coded = shape.get("items", shape)
    if labels := coded.get(LABELS):
        yield CodedField(component, path, shape.get("title", ""), labels)
    for name, part in coded.get("properties", {}).items():
        yield from _find_coded_fields(component, f"{path}.{name}".strip("."), part)


class CodeSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="代码")
    label = serializers.CharField(help_text="中文名称或说明")  # type: ignore[assignment]


class CodedFieldSerializer(serializers.Serializer[CodedField]):
    schema = serializers.CharField(help_text="接口说明中的结构，如 Park")
    field = serializers.CharField(help_text="结构中的哪一项")
    title = serializers.CharField(help_text="这一项的名称")
    found_in = serializers.ListField(child=serializers.CharField(), help_text="哪些接口的应答里有")
    codes = CodeSerializer(many=True)


class StatusDictionarySerializer(serializers.Serializer[Any]):
    results = CodedFieldSerializer(many=True)
