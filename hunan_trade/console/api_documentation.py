"""Describes each operation of an OpenAPI schema for the API's documentation page."""

from __future__ import annotations

import json
import shlex
from typing import Any

Schema = dict[str, Any]
_FORM = "multipart/form-data"
_BROWSER_HEADERS = ("Cookie: sessionid=$PORTAL_SESSION; csrftoken=$PORTAL_CSRF", "X-CSRFToken: $PORTAL_CSRF")
_TEXTS = {  # examples of texts by format
    "date": "2013-06-30",
    "date-time": "2013-06-30T17:30:00+08:00",
    "decimal": "1234.50",
    "uuid": "0b5cf1c6-7d6f-4c0e-9a51-3f2f6d0f5a11",
}
_PATTERNS = {"^[0-9]{6}$": "430100", "^[0-9]{4}-[0-9]{2}$": "2013-06", "^[0-9a-f]{64}$": "5f2c…"}


def operations_with_curl_and_example(schema: Schema, address: str) -> list[dict[str, Any]]:
    """Return a dict for each operation of an OpenAPI schema, with a curl command and an example response.

    `address` is that of the portal, with the slash.
    """
    return [
        {
            "method": method.upper(),
            "path": path,
            "anchor": operation["operationId"],
            "text": operation.get("description", ""),
            "parameters": [
                {**parameter, "kind": _type_name(parameter["schema"])} for parameter in operation.get("parameters", [])
            ],
            "takes": _body_fields(schema, operation.get("requestBody", {})),
            "answers": _body_fields(schema, next(iter(operation["responses"].values()))),
            "curl": curl_line(schema, method, f"{address.rstrip('/')}{path}", operation),
            "example": example_answer(schema, operation),
        }
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]


# --- Examples -------------------------------------------------------------------------------------------------------
def curl_line(schema: Schema, method: str, address: str, operation: Schema) -> str:
    """Return a curl command that calls an API operation with the required headers and an example body."""
    words = ["curl"] if method == "get" else ["curl", "-X", method.upper()]
    tokens_may = any("token" in scheme for scheme in operation["security"])
    headers = ["Authorization: Bearer $PORTAL_TOKEN"] if tokens_may else list(_BROWSER_HEADERS)
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "path":
            shape, name = parameter["schema"], f"{{{parameter['name']}}}"
            address = address.replace(name, shape.get("example") or ("1" if shape["type"] == "integer" else name))
        elif parameter["in"] == "header" and parameter.get("required"):
            headers.append(f'{parameter["name"]}: "1"')
    bodies: Schema = operation.get("requestBody", {}).get("content", {})
    kind = next(iter(bodies), "")
    if kind not in ("", _FORM):  # the command knows that of a form itself
        headers.append(f"Content-Type: {kind}")
    for header in headers:  # in double quotes, where the shell puts the token in
        words.append(f"-H {json.dumps(header, ensure_ascii=False)}")
    if kind == "application/json":
        words.append(f"-d {shlex.quote(json.dumps(example_value(schema, bodies[kind]['schema']), ensure_ascii=False))}")
    elif kind == _FORM:
        words.append("-F file=@附件.pdf")
    elif kind:
        words.append("--data-binary @月报.xlsx")
    return " ".join([*words, shlex.quote(address)])


def example_answer(schema: Schema, operation: Schema) -> str:
    """Return an example of an operation's response as JSON text, or "" if the response is not JSON.

    It is the one that the operation declares, or else is made from the types.
    """
    content: Schema | None = next(iter(operation["responses"].values())).get("content", {}).get("application/json")
    if content is None:
        return ""
    declared = [each["value"] for each in content.get("examples", {}).values()]
    example = declared[0] if declared else example_value(schema, content["schema"])
    return json.dumps(example, ensure_ascii=False, indent=2)


def example_value(schema: Schema, shape: Schema) -> Any:
    """Return an example value that fits an OpenAPI type, such as 1 for an integer or an enum's first code."""
    shape = _resolve_reference(schema, shape)
    if shape.get("enum"):
        return next((code for code in shape["enum"] if code), shape["enum"][0])
    match shape.get("type"):
        case "object":
            return {name: example_value(schema, part) for name, part in shape.get("properties", {}).items()}
        case "array":
            return [example_value(schema, shape["items"])]
        case "integer":
            return max(1, shape.get("minimum", 1))
        case "boolean":
            return True
        case "string":
            return _example_text(shape)
    return {}


def _example_text(shape: Schema) -> str:
    if shape.get("format") == "uri":
        return "https://…"
    found = _TEXTS.get(shape.get("format", "")) or _PATTERNS.get(shape.get("pattern", ""))
    return found or shape.get("title", "") or "…"


# --- Fields ---------------------------------------------------------------------------------------------------------
def _body_fields(schema: Schema, body: Schema) -> list[tuple[str, str, str]]:
    """Return (name, type, description) of each field of a request or response body.

    For a list, the fields of one of its rows.
    """
    shape = _resolve_reference(schema, body.get("content", {}).get("application/json", {}).get("schema", {}))
    if "results" in shape.get("properties", {}):
        shape = _resolve_reference(schema, shape["properties"]["results"].get("items", {}))
    elif shape.get("type") == "array":
        shape = _resolve_reference(schema, shape["items"])
    return [
        (name, _type_name(part), part.get("description") or part.get("title", ""))
        for name, part in shape.get("properties", {}).items()
    ]


def _resolve_reference(schema: Schema, shape: Schema) -> Schema:
    """Return the schema to which the `$ref` in `shape` refers, or `shape` itself if it has no `$ref`."""
    if "$ref" in shape:
        return dict(schema["components"]["schemas"][shape["$ref"].rpartition("/")[2]])
    return shape


def _type_name(shape: Schema) -> str:
    if "enum" in shape:
        return " | ".join(str(value) for value in shape["enum"])
    return " ".join(text for text in (shape.get("type", ""), shape.get("format", "")) if text) or "object"
