"""Parses the document of a work plan into sections and items with quantities and deadlines.

Its result is described in docs/plan-reading.md. `read_plan` takes any bytes and never raises.
"""

from targets.document_parser.plan_reader import read_plan, reread_node
from targets.document_parser.reading_result import Deadline, Node, Quantity, ReadingResult

__all__ = ["Deadline", "Node", "Quantity", "ReadingResult", "read_plan", "reread_node"]
