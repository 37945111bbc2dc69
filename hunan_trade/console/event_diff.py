"""An event's before and after, as the auditor reads them: fields and values in Chinese where they are known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hunan_trade.accounts.models import Token
from hunan_trade.accounts.roles import Role
from hunan_trade.audit.models import Event
from hunan_trade.console.event_words import EVENT_KINDS
from hunan_trade.jobs.models import Job

# A test finds every field that is logged anywhere and has no entry here.
FIELDS = {
    "added": "新增",
    "addressees": "主送",
    "at": "段次",
    "cells": "所指单元格数",
    "changed": "改动",
    "count": "条数",
    "customs_code": "海关编码",
    "deadlines": "时限",
    "decided": "两边都改的格",
    "digest": "内容摘要",
    "document_number": "文号",
    "draft": "校核稿",
    "error": "原因",
    "expires_at": "有效期至",
    "figures": "核定数个数",
    "files": "文件摘要",
    "first": "首条",
    "for": "代表账号",
    "head": "末条摘要",
    "is_active": "启用",
    "issue": "期号",
    "issued_on": "印发日期",
    "issuer": "印发单位",
    "kept": "保留的改动",
    "kind": "种类",
    "last": "末条",
    "last_number": "末号",
    "lead": "牵头单位",
    "level": "层级",
    "listed": "名单总数",
    "missing_confirmed": "确认缺报的市州",
    "modes": "贸易方式",
    "month": "月份",
    "name": "名称",
    "names": "点名",
    "networks": "允许地址",
    "number": "文号",
    "plan": "要点",
    "quantities": "数量",
    "reached_on": "达成日期",
    "reason": "说明",
    "receipt": "回执编号",
    "region": "地区",
    "role": "角色",
    "round": "轮次",
    "rows": "行数",
    "rows_digest": "各行摘要",
    "scope": "范围",
    "sha256": "内容摘要",
    "state": "状态",
    "text": "文字",
    "title": "标题",
    "units": "责任单位",
    "until": "期限",
    "username": "用户名",
    "value": "数值",
    "version": "版本",
    "year": "年份",
    # asked of the log itself
    "q": "查找",
    "result": "结果",
    "since": "自",
    "since_confirmed": "确认起草后有变动的月报",
}
_CELLS = {
    "export": "出口",
    "import": "进口",
    "month": "当月",
    "reason": "说明",
    "mine": "用文件的",
    "theirs": "保留系统的",
}  # of a row of a return
_VALUES: dict[str, dict[str, str]] = {
    "role": dict(Role.choices),
    "scope": dict(Token.Scope.choices),
    "state": dict(Job.State.choices),
    "result": dict(Event.Result.choices),
    "kind": {
        **dict(EVENT_KINDS),  # asked of the log
        "late": "锁定后补报",
        "reopen": "重新打开",
        "monthly-bulletin": "月度通报",
        "quarterly-dispatch": "季度调度",
    },
}


@dataclass(frozen=True)
class Change:
    """One field: its name, and what stood there, "" for nothing."""

    name: str
    before: str
    after: str


def changes(event: Event) -> list[Change]:
    """In the order of the fields' names; a key of a return's row (企业/贸易方式) stays as it is."""
    before, after = event.before or {}, event.after or {}
    return [
        Change(FIELDS.get(field, field), _told(field, before.get(field)), _told(field, after.get(field)))
        for field in sorted({*before, *after})
    ]


def _told(field: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, dict):
        return "，".join(f"{_CELLS.get(key, key)}：{_told(key, part) or '空'}" for key, part in value.items())
    if isinstance(value, list):
        return "、".join(_told(field, part) for part in value)
    return _VALUES.get(field, {}).get(str(value), str(value))
