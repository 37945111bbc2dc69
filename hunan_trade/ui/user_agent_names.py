"""Converts User-Agent headers to readable names of browser and operating system. Pure."""

from __future__ import annotations

import re

# Order matters: nearly all say Safari, the ones built on Chrome say Chrome as well.
_PROGRAMS = (
    (re.compile(r"MSIE (\d+)"), "IE"),
    (re.compile(r"Trident/.*rv:(\d+)"), "IE"),
    (re.compile(r"Edge?/(\d+)"), "Edge"),
    (re.compile(r"Firefox/(\d+)"), "Firefox"),
    (re.compile(r"Chrome/(\d+)"), "Chrome"),
    (re.compile(r"Version/(\d+).*Safari"), "Safari"),
)
_SYSTEMS = (
    ("Windows NT 5.1", "Windows XP"),
    ("Windows NT 6.1", "Windows 7"),
    ("Windows", "Windows"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


def browser_and_system_name(agent: str) -> str:
    """Return the browser and operating system named by a User-Agent header, such as IE 8，Windows XP.

    An unknown header is returned unchanged.
    """
    program = next((f"{name} {found[1]}" for pattern, name in _PROGRAMS if (found := pattern.search(agent))), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return "，".join(part for part in (program, system) if part) if program else agent
