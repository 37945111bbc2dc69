"""Tests which database exceptions count as an outage (503, retried) and which as a programming error."""

import psycopg2
import pytest
from django.db import DatabaseError, Error, IntegrityError, InterfaceError, OperationalError, ProgrammingError

from hunan_trade.web import outage_detection


def raised(kind: type[Error], cause: type[psycopg2.Error], message: str) -> Error:
    """Return an exception as Django raises it: its own, caused by the driver's."""
    fault = kind(message)
    fault.__cause__ = cause(message)
    return fault


@pytest.mark.parametrize(
    ("kind", "cause"),
    [
        (OperationalError, psycopg2.OperationalError),
        (InterfaceError, psycopg2.InterfaceError),
        (DatabaseError, psycopg2.DatabaseError),  # seen when PostgreSQL was killed in the middle of an answer
    ],
)
def test_a_broken_connection_is_answered_with_503_and_tried_again(
    kind: type[Error], cause: type[psycopg2.Error]
) -> None:
    fault = raised(kind, cause, "server closed the connection unexpectedly")

    outage = outage_detection.outage_of(fault, writes=True)

    assert outage is not None and outage.status == 503 and outage.wait
    assert outage_detection.is_temporary(fault)


@pytest.mark.parametrize(
    ("kind", "cause"),
    [(IntegrityError, psycopg2.IntegrityError), (ProgrammingError, psycopg2.ProgrammingError)],
)
def test_a_wrong_statement_is_no_outage(kind: type[Error], cause: type[psycopg2.Error]) -> None:
    fault = raised(kind, cause, "no results to fetch")

    assert outage_detection.outage_of(fault, writes=True) is None
    assert not outage_detection.is_temporary(fault)
