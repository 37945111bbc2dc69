"""Settings with the dotted names of what the apps declare, such as lists, indicators and jobs.

The packages below the apps read them from the settings, because they must not import the apps.
"""

from __future__ import annotations

DATASETS = [
    "enterprises.intake_processing_trade_sheet.PROCESSING_TRADE",
    "projects.city_summary.intake_sheet.CITY_SUMMARY",
    "projects.monthly_progress.intake_sheet.PROJECT_PROGRESS",
]
LISTS = [
    "parks.tables.PARKS",
    "enterprises.tables.ENTERPRISES",
    "projects.tables.PROJECTS",
    "projects.stages.tables.PROJECT_STAGES",
    "projects.capital_increases.tables.PROJECT_INCREASES",
    "projects.contact_log.tables.PROJECT_CONTACTS",
    "projects.batches.tables.PROJECT_BATCHES",
    "projects.batches.tables.BATCH_MEMBERSHIPS",
    "projects.batches.tables.BATCH_THRESHOLDS",
    "projects.counting.tables_counting_decisions.COUNTING_DECISIONS",
    "projects.closed_years.tables.YEAR_CLOSINGS",
    "projects.fortune_500.tables.FORTUNE_GROUPS",
    "projects.terminations.tables.PROJECT_TERMINATIONS",
    "projects.duplicates.tables.PROJECT_DUPLICATES",
    "events.tables.EVENTS",
    "targets.tables_rosters_and_item_page.ROSTERS",
    "hunan_trade.intake.tables.RETURNS",
    "hunan_trade.intake.tables.EXEMPTIONS",
    "hunan_trade.intake.tables.THRESHOLDS",
    "hunan_trade.indicators.tables_source_and_exchange_rate.SOURCE_DECISIONS",
    "hunan_trade.indicators.tables_source_and_exchange_rate.YEAR_RATES",
    "reporting.tables.REPORTS",
    "hunan_trade.console.tables.ACCOUNTS",
    "hunan_trade.console.tables.GRANTS",
    "hunan_trade.console.tables.CODES",
    "hunan_trade.console.tables.TOKENS",
    "hunan_trade.console.tables.AUDIT",
    "hunan_trade.console.tables.JOBS",
]
INDICATORS = [
    "enterprises.indicator_declarations.INDICATORS",
    "projects.city_summary.indicator_declarations.INDICATORS",
]
# Thresholds that are compared with days, decided on the page of those of the sheets.
DAY_THRESHOLDS = ["projects.alerts.ALERT_THRESHOLDS"]
REPORT_KINDS = ["reporting.kinds.monthly_bulletin.KIND", "reporting.kinds.quarterly_dispatch.KIND"]
LAST_BULLETIN_MONTH = "reporting.queries.last_bulletin_month"  # -> Month, or None
PLAN_NAMES = [
    "parks.names_sought_in_plan_text.park_names",
    "enterprises.names_sought_in_plan_text.enterprise_names",
    "events.names_sought_in_plan_text.event_names",
]  # -> (kind of targets.Mention, name)
_WORDS_BELOW = ("accounts", "web", "audit", "lists", "console", "intake", "indicators", "jobs", "files")
EVENT_WORDS = [  # in the order in which a filter offers them
    *(f"hunan_trade.{app}.audit_event_labels.WORDS" for app in _WORDS_BELOW),
    *(
        f"{app}.audit_event_labels.WORDS"
        for app in ("targets", "enterprises", "projects", "parks", "events", "reporting")
    ),
]
JOB_KINDS: dict[str, str] = {
    "reports.write": "reporting.tasks.write_draft",
    "reports.due": "reporting.tasks.request_due_drafts",
    "returns.open": "hunan_trade.intake.actions.opening.open_due_months",
    "audit.verify": "hunan_trade.audit.tasks.verify_audit_chain",
    "files.verify": "hunan_trade.files.tasks.verify_stored_files",
    "lists.import": "hunan_trade.lists.imports.tasks.write_import",
    "lists.download": "hunan_trade.lists.downloads.download_jobs.write_download",
    "portal.tidy": "hunan_trade.jobs.expired_data_deletion.delete_expired_data",
}
JOB_PERMISSIONS = {"reports.write": "report.prepare"}  # what who asked must still hold when the job is done
HOUSEKEEPING = {
    "导出的文件": "hunan_trade.lists.downloads.download_jobs.delete_expired_downloads",  # before the jobs, which they protect
    "旧任务": "hunan_trade.jobs.expired_data_deletion.delete_old_jobs",
    "过期会话": "hunan_trade.accounts.sessions.delete_expired_sessions",
    "登录失败记录": "hunan_trade.accounts.login_failures.delete_expired_counts",
    "批量修改的预览": "hunan_trade.lists.editing.bulk_edit.delete_old_bulk_edits",
    "已答请求": "hunan_trade.web.idempotency.delete_expired_responses",
    "未写完的文件": "hunan_trade.files.actions.remove_partial_files",
    "未采用的上传": "hunan_trade.intake.actions.upload_cleanup.delete_unconfirmed_uploads",
    "旧的导入": "hunan_trade.lists.imports.actions.delete_old_imports",
    "账号变更标记": "hunan_trade.accounts.tokens.compact_version_tables",
    "观察值变更标记": "hunan_trade.indicators.actions.compact_version_tables",
    "企业月度数变更标记": "enterprises.change_counter_compaction.compact_version_tables",
    "项目变更标记": "projects.change_counter_compaction.compact_version_tables",
    "工作要点变更标记": "targets.actions.compact_version_tables",
    "弃用的校核稿": "targets.drafting.actions.delete_discarded",
}

# What the bar and the menu below one's name offer: title and name of the address, to whom its view is open.
NAVIGATION = [
    ("首页", "home:home"),
    ("工作要点", "targets:home"),
    ("月报", "intake:returns"),
    ("企业", "enterprises:home"),
    ("项目", "projects:home"),
    ("园区平台", "parks:home"),
    ("活动会议", "events:home"),
    ("通报调度", "reports:home"),
    ("账号", "accounts:home"),
    ("授权", "grants:home"),
    ("激活码", "codes:home"),
    ("接口令牌", "tokens:home"),
    ("审计记录", "audit:home"),
    ("后台任务", "jobs:home"),
]
OWN_MENU = [
    ("导出文件", "downloads"),
    ("修改密码", "console:password"),
    ("登录会话", "console:sessions"),
    ("接口令牌", "tokens:home"),
    ("接口说明", "api-docs"),
    ("角色权限", "console:roles"),
]
