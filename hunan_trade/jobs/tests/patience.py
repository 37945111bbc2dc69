"""Waiting for what other threads and processes do."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest


def wait_for(true: Callable[[], Any], *, what: str = "it", seconds: float = 300) -> None:
    """Until it is true, looking every 20 ms; the test fails after so long in vain."""
    pause = threading.Event()
    latest = time.monotonic() + seconds
    while time.monotonic() < latest:
        if true():
            return
        pause.wait(0.02)
    pytest.fail(f"waited {seconds:g} s for {what} in vain")
