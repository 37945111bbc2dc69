"""An address that was worked out once is the one that would be worked out now, wherever the portal is mounted."""

from __future__ import annotations

import pytest
from django.urls import NoReverseMatch, reverse, set_script_prefix

from hunan_trade.web.addresses import address


def test_addresses_are_those_of_reverse_under_every_prefix() -> None:
    try:
        for prefix in ("/", "/portal/", "/"):
            set_script_prefix(prefix)
            for name, keys in (
                ("home:home", ()),
                ("intake:return", ("430100", "2013-06")),
                ("intake:return", ("431000", "2013-06")),
            ):
                assert address(name, *keys) == reverse(name, args=keys)
    finally:
        set_script_prefix("/")
    with pytest.raises(NoReverseMatch):
        address("nobody:home")
