# Two commands need nothing but Python 3.11+ and make: `make demo` and `make test`.

PYTHON ?= python3
VENV_PYTHON := .venv/bin/python
BOOTSTRAP := $(PYTHON) derby_portal/local/bootstrap.py
LOCK := .venv/bin/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock'

.PHONY: help demo demo-reset codes test audit bench bench-report format messages lock
.NOTPARALLEL:

help: ## Show the commands
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | while IFS='	' read -r name text; do printf '  make %-11s %s\n' "$$name" "$$text"; done

demo: ## Run the whole portal here; PORT=8080 chooses the port, Ctrl-C stops it
	@$(BOOTSTRAP) demo
	@$(VENV_PYTHON) -m derby_portal.local.demo

demo-reset: ## Throw the demo's data away and start over
	@$(BOOTSTRAP) demo
	@$(VENV_PYTHON) -m derby_portal.local.demo --reset

codes: ## Show the codes that the demo's sign-ins take now; Ctrl-C stops it
	@$(VENV_PYTHON) -m derby_portal.local.codes

test: ## Run every check and every test; ARGS="-k register" goes to pytest
	@$(BOOTSTRAP) dev
	@$(VENV_PYTHON) -m derby_portal.local.checks $(ARGS)

audit: ## Attack 500 protected tables; minutes
	@$(BOOTSTRAP) dev
	@AUDIT=1 $(VENV_PYTHON) -m pytest tests/audit -n 0 --no-cov $(ARGS)

bench: ## Measure speed with many rows
	@$(BOOTSTRAP) dev
	@BENCH=1 $(VENV_PYTHON) -m pytest tests/bench -o norecursedirs=".git .hypothesis" -n 0 --no-cov -p no:randomly -s $(ARGS)

bench-report: ## Measure reports with 5,000,000 attendances; BENCH_KEEP=name keeps them for the next run
	@$(BOOTSTRAP) dev
	@BENCH=1 BENCH_SCALE=$${BENCH_SCALE:-200} $(VENV_PYTHON) -m pytest tests/bench/test_report.py tests/bench/test_attendance_rows.py tests/bench/test_pdf.py -o norecursedirs=".git .hypothesis" -n 0 --no-cov -p no:randomly -s $(ARGS)

format: ## Put Python and templates into the agreed form
	@$(BOOTSTRAP) dev
	@.venv/bin/ruff check --fix --quiet . || true
	@.venv/bin/ruff format .
	@find templates -name '*.html' -exec .venv/bin/djade --target-version 5.2 {} + || true

messages: ## Collect marked words into the catalogues of translations; ARGS=pl does one language
	@$(BOOTSTRAP) dev
	@DEMO=1 SECRET_KEY=none DATABASE_URL=postgres:///none REDIS_URL=redis://none $(VENV_PYTHON) manage.py messages $(ARGS)

lock: ## Renew the locked requirements; ARGS="--upgrade" for newer versions
	@$(BOOTSTRAP) dev
	$(LOCK) $(ARGS) -o requirements/production.txt
	$(LOCK) $(ARGS) --extra local -c requirements/production.txt -o requirements/demo.txt
	$(LOCK) $(ARGS) --extra local --extra dev -c requirements/demo.txt -o requirements/dev.txt
