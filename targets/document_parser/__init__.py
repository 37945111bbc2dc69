"""Reads a work plan from its document. Pure: no models, no database, no network.

What it answers stands in docs/plan-reading.md. `read` takes bytes and never raises for any of them.
"""

from targets.document_parser.plan_reader import read_plan, reread_node
from targets.document_parser.reading_result import Deadline, Node, Quantity, ReadingResult

__all__ = ["Deadline", "Node", "Quantity", "Reading", "read", "reread"]
