"""Proofs that take minutes: `make audit` runs them, `make test` does not."""

import os

collect_ignore_glob = [] if os.environ.get("AUDIT") else ["test_*.py"]
