"""Reads a work plan from its document. Pure: no models, no database, no network.

What it answers stands in docs/plan-reading.md. `read` takes bytes and never raises for any of them.
"""

from targets.reading.answer import Deadline, Node, Quantity, Reading
from targets.reading.reader import read, reread

__all__ = ["Deadline", "Node", "Quantity", "Reading", "read", "reread"]
