"""Measurements, not tests: `make bench` runs them, `make test` does not."""

import os

collect_ignore_glob = [] if os.environ.get("BENCH") else ["test_*.py"]
