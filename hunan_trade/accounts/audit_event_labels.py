"""Chinese words for audit events of accounts, sessions and tokens."""

from hunan_trade.accounts.roles import Role
from hunan_trade.audit.event_label_lookup import EventWords

WORDS = EventWords(
    kinds={
        "session": "登录",
        "account": "账号",
        "password": "密码",
        "role": "授权",
        "activation": "激活码",
        "token": "令牌",
    },
    verbs={
        "session.opened": "登录",
        "session.refused": "登录未成",
        "session.closed": "退出登录",
        "session.ended": "结束一处登录",
        "session.all_ended": "结束全部登录",
        "account.opened": "开户",
        "account.closed": "停用账号",
        "account.reopened": "恢复账号",
        "account.locked": "锁定账号",
        "account.unlocked": "解除锁定",
        "password.changed": "修改密码",
        "password.reset": "重置密码",
        "role.given": "授予角色",
        "activation.issued": "发放激活码",
        "activation.released": "放行激活码",
        "token.granted": "批准令牌",
        "token.issued": "领取令牌",
        "token.revoked": "吊销令牌",
        "token.refused": "令牌被拒",
    },
    labels={
        "for": "代表账号",
        "role": "角色",
    },
    choices={"role": Role},
)
