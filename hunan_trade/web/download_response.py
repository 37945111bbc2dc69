"""Responses that send a file as a download, under a name that is valid on every operating system."""

from __future__ import annotations

import re

from django.http import HttpResponse
from django.utils.http import content_disposition_header

_FORBIDDEN_CHARACTERS = re.compile(
    r'[\x00-\x1f\x7f\\/:*?"<>|\u202a-\u202e\u2066-\u2069]+'
)  # what some system takes for more than a name
_DEVICES = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\.|$)")
_LONGEST_NAME = 80  # characters, 240 bytes where each is Chinese


def file_response(data: bytes, name: str, *, content_type: str) -> HttpResponse:
    """Return a response that makes the browser save `data` as a file named `name`.

    `safe_file_name` has made the name safe.
    """
    response = HttpResponse(data, content_type=content_type)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


def safe_file_name(name: str, *, nameless: str) -> str:
    """Return a file name that every operating system accepts, with "_" for each run of forbidden characters.

    The suffix stays.

    `nameless` is the name before the suffix where nothing of it is left.
    """
    stem, dot, suffix = _FORBIDDEN_CHARACTERS.sub("_", name).strip(". ").rpartition(".")
    stem = stem[: _LONGEST_NAME - len(suffix) - 1].strip(". ") or nameless
    return ("_" if _DEVICES.match(stem) else "") + stem + dot + suffix
