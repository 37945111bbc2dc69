"""Waiting for what other threads and processes do."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest


def wait_for(true: Callable[[], Any], *, what: str = "it") -> None:
    """Until it is true, looking every 20 ms; the test fails after a minute in vain."""
    pause = threading.Event()
    for _ in range(1000):
        if true():
            return
        pause.wait(0.02)
    pytest.fail(f"waited a minute for {what} in vain")
