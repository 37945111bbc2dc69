"""Function that waits until a condition holds, for tests with other threads or processes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest


def wait_until_true(condition: Callable[[], Any], *, what: str = "it", seconds: float = 300) -> None:
    """Call `condition` every 20 ms until it returns a true value; fails the test after `seconds`."""
    pause = threading.Event()
    latest = time.monotonic() + seconds
    while time.monotonic() < latest:
        if condition():
            return
        pause.wait(0.02)
    pytest.fail(f"waited {seconds:g} s for {what} in vain")
