"""Defines the roles and the permissions of each role.

The page 角色权限 shows this table.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from django.db.models import TextChoices


class Role(TextChoices):
    PROVINCE_OFFICER = "province_officer", "省厅经办"
    PROVINCE_LEAD = "province_lead", "省厅负责人"
    CITY_REPORTER = "city_reporter", "市州填报"
    CITY_LEAD = "city_lead", "市州负责人"
    ADMINISTRATOR = "administrator", "系统管理员"
    SECURITY_OFFICER = "security_officer", "安全管理员"
    AUDITOR = "auditor", "安全审计员"


class Permission(StrEnum):
    label: str

    def __new__(cls, code: str, label: str) -> Permission:
        member = str.__new__(cls, code)
        member._value_ = code
        member.label = label
        return member

    SEE_FIGURES = "figures.see", "看业务数据"
    SEE_PLAN = "plan.see", "看工作要点和目标"
    SEE_REPORTS = "reports.see", "看通报和调度"
    SEE_CONTACTS = "contacts.see", "看联系人和联系方式"
    MAINTAIN_PLAN = "plan.maintain", "维护工作要点"
    FILL_RETURN = "return.fill", "填写月报"
    HAND_UP_RETURN = "return.hand_up", "送市州负责人"
    SIGN_RETURN = "return.sign", "签发月报送省厅"
    HAND_BACK_RETURN = "return.hand_back", "退给填报人"
    ACCEPT_RETURN = "return.accept", "核定月报"
    GIVE_BACK_RETURN = "return.give_back", "退回月报"
    ASK_EXEMPTION = "exemption.ask", "提出例外（重新打开、延期）"
    DECIDE_EXEMPTION = "exemption.decide", "批准例外"
    DECIDE_THRESHOLDS = "thresholds.decide", "决定核查和提醒阈值"
    DECIDE_SOURCES = "sources.decide", "定公布口径和年度汇率"
    DECIDE_COUNTING = "counting.decide", "定项目计数规则和年度关账"
    REGISTER_ENTERPRISE = "enterprise.register", "登记和修改企业"
    MAINTAIN_REGISTERS = "registers.maintain", "维护名录"
    ENTER_PROJECT = "project.enter", "登记和修改项目"
    MOVE_PROJECT = "project.move", "登记项目阶段"
    CONFIRM_STAGE = "project.confirm_stage", "确认项目落地和营运"
    PROPOSE_INCREASE = "project.propose_increase", "申报项目增资"
    CONFIRM_INCREASE = "project.confirm_increase", "确认项目增资"
    CORRECT_PROJECT = "project.correct", "更正项目阶段和状态"
    PROPOSE_TERMINATION = "project.propose_termination", "提出终止项目"
    CONFIRM_TERMINATION = "project.confirm_termination", "确认终止项目"
    KEEP_BATCHES = "batches.keep", "把项目列入和退出湘南批次"
    DECIDE_BATCHES = "batches.decide", "定湘南批次和投资额下限"
    MERGE_PROJECT = "project.merge", "认定重复和合并项目"
    PREPARE_REPORT = "report.prepare", "起草通报"
    REVIEW_REPORT = "report.review", "审核通报"
    ISSUE_REPORT = "report.issue", "签发通报"
    MANAGE_ACCOUNTS = "accounts.manage", "开户和停用"
    SEE_JOBS = "jobs.see", "看后台任务"
    GIVE_ROLES = "roles.give", "授予角色"
    RELEASE_CODES = "codes.release", "放行激活码"
    MANAGE_TOKENS = "tokens.manage", "管理接口令牌"
    UNLOCK_ACCOUNTS = "accounts.unlock", "解除登录锁定"
    READ_AUDIT = "audit.read", "查审计记录"


_READ = {Permission.SEE_FIGURES, Permission.SEE_PLAN, Permission.SEE_REPORTS, Permission.SEE_CONTACTS}
_PROVINCE = _READ | {
    Permission.MAINTAIN_PLAN,
    Permission.ACCEPT_RETURN,
    Permission.GIVE_BACK_RETURN,
    Permission.ASK_EXEMPTION,
    Permission.REGISTER_ENTERPRISE,
    Permission.MAINTAIN_REGISTERS,
    Permission.ENTER_PROJECT,
    Permission.MOVE_PROJECT,
    Permission.CONFIRM_STAGE,
    Permission.CORRECT_PROJECT,
    Permission.PROPOSE_INCREASE,
    Permission.CONFIRM_INCREASE,
    Permission.CONFIRM_TERMINATION,
    Permission.KEEP_BATCHES,
    Permission.MERGE_PROJECT,
    Permission.PREPARE_REPORT,
    Permission.REVIEW_REPORT,
    Permission.SEE_JOBS,
}

GRANTS: Mapping[str, frozenset[Permission]] = {
    Role.PROVINCE_OFFICER: frozenset(_PROVINCE),
    Role.PROVINCE_LEAD: frozenset(
        _PROVINCE
        | {
            Permission.ISSUE_REPORT,
            Permission.DECIDE_EXEMPTION,
            Permission.DECIDE_THRESHOLDS,
            Permission.DECIDE_SOURCES,
            Permission.DECIDE_COUNTING,
            Permission.DECIDE_BATCHES,
        }
    ),
    Role.CITY_REPORTER: frozenset(
        _READ
        | {
            Permission.FILL_RETURN,
            Permission.HAND_UP_RETURN,
            Permission.REGISTER_ENTERPRISE,
            Permission.ENTER_PROJECT,
            Permission.MOVE_PROJECT,
            Permission.PROPOSE_INCREASE,
            Permission.PROPOSE_TERMINATION,
        }
    ),
    Role.CITY_LEAD: frozenset(
        _READ
        | {
            Permission.SIGN_RETURN,
            Permission.HAND_BACK_RETURN,
            Permission.CONFIRM_INCREASE,
            Permission.CONFIRM_TERMINATION,
        }
    ),
    Role.ADMINISTRATOR: frozenset({Permission.MANAGE_ACCOUNTS, Permission.SEE_JOBS}),
    Role.SECURITY_OFFICER: frozenset(
        {Permission.GIVE_ROLES, Permission.RELEASE_CODES, Permission.MANAGE_TOKENS, Permission.UNLOCK_ACCOUNTS}
    ),
    Role.AUDITOR: frozenset({Permission.READ_AUDIT}),
}

PROVINCE_ROLES = frozenset({Role.PROVINCE_OFFICER, Role.PROVINCE_LEAD})
CITY_ROLES = frozenset({Role.CITY_REPORTER, Role.CITY_LEAD})
ADMINISTRATIVE_ROLES = frozenset({Role.ADMINISTRATOR, Role.SECURITY_OFFICER, Role.AUDITOR})


def permissions_of(role: str) -> frozenset[Permission]:
    """Return the permissions of a role, or an empty set for the role ""."""
    return GRANTS.get(role, frozenset())
