"""Chinese words for the audit events of background jobs."""

from hunan_trade.audit.event_label_lookup import EventWords

WORDS = EventWords(
    kinds={"job": "后台任务"},
    verbs={
        "job.retried": "重新办理任务",
        "job.failed": "任务没办成",
        "job.quarantined": "隔离任务",
    },
)
