"""The quarterly dispatch."""

from reporting import bulletin_facts
from reporting.kinds import ReportKind
from reporting.kinds.monthly_bulletin import compose

KIND = ReportKind("quarterly-dispatch", "季度调度", "调度材料", 3, bulletin_facts.gather, compose)
