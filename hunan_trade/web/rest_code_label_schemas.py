"""Describes codes in REST API responses, with their Chinese labels, for the OpenAPI schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from rest_framework import serializers

LABELS = "x-labels"  # member of an OpenAPI type: the label of each code in its `enum`


def code_schema(labels: Mapping[Any, str], json_type: str = "string") -> dict[str, Any]:
    """Return the OpenAPI schema of a code: its possible values, which are the keys of `labels`, and their labels."""
    return {"type": json_type, "enum": list(labels), LABELS: {str(code): str(label) for code, label in labels.items()}}


class CodeField(serializers.CharField):
    """Serializer field for a code; the function `labels` returns its possible values with their Chinese labels."""

    def __init__(self, labels: Callable[[], Mapping[str, str]], **more: Any) -> None:
        self.labels = labels
        super().__init__(**more)


class CodeFieldExtension(OpenApiSerializerFieldExtension):
    """drf-spectacular extension that lists a CodeField's possible codes and labels in the OpenAPI schema."""

    target_class = CodeField

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        return code_schema(self.target.labels())


class ChoiceFieldExtension(OpenApiSerializerFieldExtension):
    """drf-spectacular extension that adds the choices' labels to a ChoiceField's OpenAPI schema."""

    target_class = serializers.ChoiceField

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        described: dict[str, Any] = auto_schema._map_serializer_field(self.target, direction, bypass_extensions=True)
        return described | {LABELS: {str(code): str(label) for code, label in self.target.choices.items()}}
