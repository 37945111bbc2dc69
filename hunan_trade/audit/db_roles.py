"""Whether the triggers that keep the log stand alone, and what is said of it where they do."""

from __future__ import annotations

from django.db import connection

from hunan_trade.servers import fence

ONE_ROLE = "数据库只用一个角色"
ONE_ROLE_MEANS = (
    "门户以表的属主连接数据库，审计记录等只增不改的表只靠触发器保护，得到数据库口令的人可以停用触发器。"
    "请数据库管理员按设置手册“两个数据库角色”一节另建应用角色，改好后重新启动门户。"
)


def stands() -> bool:
    """The application works as a role of its own, with the rights it needs and no more."""
    with connection.cursor() as cursor:
        return fence.stands(cursor)
