# make up          install what is missing and run the portal; PORT and DATA_DIR choose where
# make test        lint, types and every test but the slow ones
# make test-slow   real waiting, killing and fuzzing
# make bench       each path beside what a Django user gets by default; BENCH="--only upsert", see docs/speed.md
# make load        150 people file at once on deadline night; LOAD="--users 20 --minutes 2", see docs/speed.md

.PHONY: up test test-slow bench load install
PYTHON := .venv/bin/python
unexport PYTHONDONTWRITEBYTECODE # or every process that a test starts would compile all modules anew

up: install
	@exec $(PYTHON) -m hunan_trade.supervisor

test: install
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/djhtml --tabwidth 2 --check templates
	PORTAL_MODE=demo .venv/bin/mypy .
	$(PYTHON) -m pytest -n 2 -m "not slow"

test-slow: install
	$(PYTHON) -m pytest -n 2 --dist worksteal -m slow

bench: install
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check -r scripts/bench/requirements.txt
	@$(PYTHON) -m scripts.bench $(BENCH)

load: install
	@$(PYTHON) scripts/run_load_test.py $(LOAD)

install:
	@for python in python3.11 python3.12 python3.13 python3; do \
		if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			exec $$python scripts/install_dependencies.py; \
		fi; \
	done; \
	echo '需要 Python 3.11 或更新的版本，这台机器上没有找到。' >&2; exit 1
