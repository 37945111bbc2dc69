"""Creates the simulated users and starts each at a random time, evenly or mostly near the end of the test."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Mapping
from typing import Any

from scripts.load_test.http_client import HttpClient, RequestLog
from scripts.load_test.simulated_users import (
    EditingColleague,
    Lead,
    Reporter,
    SharedState,
    SimulatedUser,
    run_and_note_failure,
)

SHARE_WITH_COLLEAGUE = 0.2  # share of reporters in whose return somebody else types as well
QUIET_SECONDS = 120.0  # seconds before the end from which on nobody new comes


class UserArrivals:
    """The simulated users of a load test, each of whom starts at a random time.

    Equal seeds give equal users.
    """

    def __init__(
        self, port: int, facts: Mapping[str, Any], users: int, minutes: float, lost_share: float, spread: bool
    ) -> None:
        self.port, self.facts, self.lost_share = port, facts, lost_share
        self.shape = (1, 1) if spread else (3, 1.4)  # of the beta distribution that arrivals are drawn from
        self.cities = facts["cities"]
        self.reporters = users - len(self.cities)
        self.window = max(minutes * 60 - QUIET_SECONDS, minutes * 20)
        self.limit = max(minutes * 60, self.window + QUIET_SECONDS)  # by then the last has gone

    def run_all(self, shared: SharedState, log: RequestLog) -> None:
        """Run each simulated user in a thread of its own, and return when all have finished."""
        draw = random.Random(shared.seed)
        filing = [
            _start_after_delay(
                self.window * draw.betavariate(*self.shape), shared, self._create_reporter(number, draw, shared, log)
            )
            for number in range(self.reporters)
        ]
        signing = [
            _start_after_delay(self.window * draw.uniform(0.3, 0.5), shared, self._create_lead(at, shared, log))
            for at in range(len(self.cities))
        ]
        for thread in filing:
            thread.join()
        for tray in shared.trays.values():
            tray.put(None)
        for thread in signing:
            thread.join()

    def _create_reporter(self, number: int, draw: random.Random, shared: SharedState, log: RequestLog) -> Reporter:
        at, turn = number % len(self.cities), number // len(self.cities)
        reporters, month = self.cities[at]["reporters"], self.facts["months"][turn]
        place = (self.cities[at]["code"], month)
        client = self._create_client(f"10.43.{at}.{turn + 2}", f"{shared.seed} {number}", log)
        reporter = Reporter(reporters[turn], *place, client, shared)
        if draw.random() < SHARE_WITH_COLLEAGUE:
            other = (turn + 1) % len(reporters)
            client = self._create_client(f"10.43.{at}.{other + 2}", f"{shared.seed} {number} beside", log)
            reporter.colleague = EditingColleague(reporters[other], *place, client, shared)
        return reporter

    def _create_lead(self, at: int, shared: SharedState, log: RequestLog) -> Lead:
        city = self.cities[at]
        return Lead(
            city["lead"],
            city["code"],
            "",
            self._create_client(f"10.43.{at}.1", f"{shared.seed} lead {at}", log),
            shared,
        )

    def _create_client(self, address: str, seed: str, log: RequestLog) -> HttpClient:
        return HttpClient(self.port, address, random.Random(seed), log, self.lost_share)


def _start_after_delay(delay: float, shared: SharedState, user: SimulatedUser) -> threading.Thread:
    def run_later() -> None:
        time.sleep(delay)
        run_and_note_failure(shared, user.run)

    thread = threading.Thread(target=run_later, daemon=True)
    thread.start()
    return thread
