"""Checks whether the application connects to the database with a restricted role."""

from __future__ import annotations

from django.db import connection

from hunan_trade.servers import restricted_role

ONE_ROLE = "数据库只用一个角色"
ONE_ROLE_EXPLANATION = (
    "门户以表的属主连接数据库，审计记录等只增不改的表只靠触发器保护，得到数据库口令的人可以停用触发器。"
    "请数据库管理员按设置手册“两个数据库角色”一节另建应用角色，改好后重新启动门户。"
)


def uses_restricted_role() -> bool:
    """Return whether the application's database role owns no tables and has only the rights it needs."""
    with connection.cursor() as cursor:
        return restricted_role.is_restricted(cursor)
