"""Functions that list all URLs of the portal and fill in their parameters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

API = "/api/"
MISSING_KEYS = {
    "int": "999999999",
    "pk": "999999999",
    "uuid": "00000000-0000-0000-0000-000000000000",
    "upload": "00000000-0000-0000-0000-000000000000",
    "city": "430100",
    "projects_code": "CS-2013-999999",
    "month": "2013-06",
    "format_": "pdf",
}


@cache
def routes() -> dict[str, URLPattern]:
    """Return the URL pattern of each route, such as /returns/<city:region>/<month:month>/."""
    return dict(_patterns(get_resolver()))


def _patterns(resolver: URLResolver, prefix: str = "/") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        here = prefix + _route_of_regex(str(entry.pattern))
        if isinstance(entry, URLResolver):
            yield from _patterns(entry, here)
        else:
            yield here, entry


def _route_of_regex(pattern: str) -> str:
    """Convert a DRF router's regular expression to a route such as regions/<pk>/."""
    return re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<\1>", pattern.removeprefix("^").removesuffix("$").removesuffix("\\Z"))


def parameters_of(route: str) -> list[str]:
    """Return the names of the route's parameters."""
    return [key.rpartition(":")[2] for key in re.findall(r"<([\w:]+)>", route)]


def url_of(route: str, keys: Mapping[str, Any]) -> str:
    """Return the URL of a route, with parameters from `keys` or else values that match no row."""

    def fill_parameter(match: re.Match[str]) -> str:
        kind, _, name = match[1].rpartition(":")
        return str(keys.get(name, MISSING_KEYS.get(kind or name, "nobody")))

    return re.sub(r"<([\w:]+)>", fill_parameter, route)
