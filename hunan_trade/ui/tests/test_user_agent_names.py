"""Tests that User-Agent headers are shown as names of browser and operating system."""

from __future__ import annotations

import pytest

from hunan_trade.ui.user_agent_names import browser_and_system_name


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 5.1; Trident/4.0)", "IE 8，Windows XP"),
        ("Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko", "IE 11，Windows 7"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36", "Chrome 156，Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/99.0 Safari/537.36 Edg/99.0", "Edge 99，Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_8) Version/6.0 Safari/536.25", "Safari 6，Mac"),
        ("curl/8.0", "curl/8.0"),
        ("", ""),
    ],
)
def test_a_user_agent_is_shown_as_browser_and_system_name(agent: str, words: str) -> None:
    assert browser_and_system_name(agent) == words
