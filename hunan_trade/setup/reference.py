"""The tables every portal needs: regions, the 2013 plan, the known parks and events. Idempotent."""

from events.actions import load_events
from hunan_trade.audit.actions import System
from hunan_trade.regions import actions as regions
from parks.actions import load_parks
from targets.actions import load_2013

SETUP = System("系统设置")


def load() -> None:
    regions.load()
    load_2013(by=SETUP)
    load_parks(by=SETUP)
    load_events(by=SETUP)
