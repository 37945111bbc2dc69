"""Who comes when: most in the last third or all evenly, the leads once the first returns are handed up."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Mapping
from typing import Any

from scripts.night.people import Colleague, Lead, Night, Person, Reporter, guarded
from scripts.night.visitor import Log, Visitor

BESIDE = 0.2  # share of reporters in whose return somebody else types as well
TAIL = 120.0  # seconds before the end from which on nobody new comes


class Crowd:
    """`users` people, reporters and one lead a city, over `minutes`; the same seed makes the same crowd."""

    def __init__(
        self, port: int, facts: Mapping[str, Any], users: int, minutes: float, cut: float, spread: bool
    ) -> None:
        self.port, self.facts, self.cut = port, facts, cut
        self.shape = (1, 1) if spread else (3, 1.4)  # of the beta distribution that arrivals are drawn from
        self.cities = facts["cities"]
        self.reporters = users - len(self.cities)
        self.window = max(minutes * 60 - TAIL, minutes * 20)
        self.limit = max(minutes * 60, self.window + TAIL)  # by then the last has gone

    def come(self, night: Night, log: Log) -> None:
        """Returns when the last has gone."""
        draw = random.Random(night.seed)
        filing = [
            _coming(self.window * draw.betavariate(*self.shape), night, self._reporter(number, draw, night, log))
            for number in range(self.reporters)
        ]
        signing = [
            _coming(self.window * draw.uniform(0.3, 0.5), night, self._lead(at, night, log))
            for at in range(len(self.cities))
        ]
        for thread in filing:
            thread.join()
        for tray in night.trays.values():
            tray.put(None)
        for thread in signing:
            thread.join()

    def _reporter(self, number: int, draw: random.Random, night: Night, log: Log) -> Reporter:
        at, turn = number % len(self.cities), number // len(self.cities)
        reporters, month = self.cities[at]["reporters"], self.facts["months"][turn]
        place = (self.cities[at]["code"], month)
        visitor = self._visitor(f"10.43.{at}.{turn + 2}", f"{night.seed} {number}", log)
        person = Reporter(reporters[turn], *place, visitor, night)
        if draw.random() < BESIDE:
            other = (turn + 1) % len(reporters)
            visitor = self._visitor(f"10.43.{at}.{other + 2}", f"{night.seed} {number} beside", log)
            person.beside = Colleague(reporters[other], *place, visitor, night)
        return person

    def _lead(self, at: int, night: Night, log: Log) -> Lead:
        city = self.cities[at]
        return Lead(
            city["lead"], city["code"], "", self._visitor(f"10.43.{at}.1", f"{night.seed} lead {at}", log), night
        )

    def _visitor(self, address: str, seed: str, log: Log) -> Visitor:
        return Visitor(self.port, address, random.Random(seed), log, self.cut)


def _coming(delay: float, night: Night, person: Person) -> threading.Thread:
    def come() -> None:
        time.sleep(delay)
        guarded(night, person.run)

    thread = threading.Thread(target=come, daemon=True)
    thread.start()
    return thread
