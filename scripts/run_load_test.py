"""Starts the load test for `make load`.

`scripts/run_load_test.py --help` lists the options.
"""

import runpy
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    runpy.run_module("scripts.load_test", run_name="__main__")
