"""Tests of the navigation: which users see which entries, and that every entry's URL exists."""

from __future__ import annotations

import pytest
from django.core.checks import run_checks
from django.test import override_settings

from hunan_trade.accounts.models import User
from hunan_trade.ui import navigation


def _bar_titles(role: str) -> set[str]:
    user = User(role=role, is_active=True)
    return {entry.title for entry in navigation.bar_entries() if entry.in_bar_of(user)}


def _menu_titles(role: str) -> set[str]:
    user = User(role=role, is_active=True)
    return {entry.title for entry in navigation.menu_entries() if entry.open_to(user)}


@pytest.mark.parametrize(
    ("role", "titles"),
    [
        ("city_reporter", {"首页", "工作要点", "月报", "企业", "项目", "园区平台", "活动会议", "通报调度"}),
        ("administrator", {"首页", "账号", "后台任务"}),
        ("security_officer", {"首页", "授权", "激活码", "接口令牌"}),
        ("auditor", {"首页", "审计记录"}),
        ("", {"首页"}),
    ],
)
def test_the_navigation_bar_lists_the_pages_a_role_works_with(role: str, titles: set[str]) -> None:
    assert _bar_titles(role) == titles


def test_every_role_finds_its_own_pages_in_the_user_menu() -> None:
    own_pages = {"修改密码", "登录会话", "导出文件", "接口令牌", "接口说明", "角色权限"}
    assert _menu_titles("") == _menu_titles("auditor") == own_pages


def test_the_system_check_reports_a_menu_entry_without_an_address() -> None:
    assert not [found for found in run_checks(tags=["urls"]) if found.id == "navigation.E001"]
    with override_settings(NAVIGATION=[("档案", "archives:home")]):
        assert "navigation.E001" in [found.id for found in run_checks(tags=["urls"])]
