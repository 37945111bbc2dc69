"""Parses the document of a work plan into sections and items with quantities and deadlines.

Its result is described in docs/plan-reading.md. `read_plan` takes any bytes and never raises.
"""

from targets.document_parser.parsed_plan_dataclasses import Deadline, Node, Quantity, ReadingResult
from targets.document_parser.plan_reader import read_plan, reread_node

__all__ = ["Deadline", "Node", "Quantity", "ReadingResult", "read_plan", "reread_node"]
