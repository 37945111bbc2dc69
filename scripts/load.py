"""Deadline night on this machine, by `make load` or `scripts/load.py --help`. The night itself is scripts/night/."""

import runpy
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    runpy.run_module("scripts.night", run_name="__main__")
