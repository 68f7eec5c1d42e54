# make run    serve the ledger on http://127.0.0.1:$(PORT)
# make test   everything that must hold before a change lands
# make coverage  which lines the tests do not reach; at most a twentieth of them
# make wheel  dist/timebank-*.whl, in part compiled: what is installed where it is to be fast
# make bench  how fast it is when compiled, as ratios to raw loops; takes about half an hour

PORT ?= 8000
UV ?= uv

# The first of these that works. A name may exist and still not run (pyenv's shims).
PYTHON ?= $(shell for name in python3.13 python3.12 python3.11 python3; do \
	"$$name" -c "" 2>/dev/null && { echo "$$name"; break; }; done)

BIN := .venv/bin
CODE := timebank migrations tests benchmarks scripts setup.py wsgi.py
NO_PYTHON := there is no python3: install it (Debian, Ubuntu: apt install python3 python3-venv)
BOOTSTRAP = $(or $(PYTHON),$(error $(NO_PYTHON))) scripts/bootstrap.py

.PHONY: run test test-source test-compiled coverage bench wheel compiled lint format lock clean

# exec leaves no shell between make and the service, so a signal to make reaches it.
run:
	@$(BOOTSTRAP) requirements.lock
	@PORT=$(PORT) exec $(BIN)/timebank serve

# The tests' databases wait for the disk at every commit, as they must; in memory they need not.
TEMPORARY = $(shell test -w /dev/shm && echo /dev/shm || echo "$${TMPDIR:-/tmp}")

PYTEST = TMPDIR=$(TEMPORARY) $(BIN)/pytest -n auto --maxprocesses 4 --dist worksteal

# Compiling keeps one core busy for some minutes, while the other begins with the tests of the source,
# which take the longest and so end last.
test:
	@$(BOOTSTRAP) requirements-dev.lock
	@$(MAKE) --no-print-directory -j2 test-source test-compiled

test-source: lint
	@$(PYTEST)

# Which lines no test reaches. No part of the above, which watching each line would slow down by much.
coverage:
	@$(BOOTSTRAP) requirements-dev.lock
	@$(PYTEST) --cov --cov-report term-missing:skip-covered

# What is compiled must do as the source does: the vectors, of which there are some for each rule,
# what is refused before that, a book through the API, and verify; the flows of each business and
# what is posted together, on both databases.
COMPILED = $(CURDIR)/build/compiled
ON_COMPILED = PYTHONSAFEPATH=1 PYTHONPATH=$(COMPILED):$(CURDIR)
COMPILED_TESTS = $(addprefix tests/,test_compiling.py \
	test_packaging.py::test_pure_core_imports_with_its_two_dependencies_alone \
	ledger/test_encoding.py ledger/test_entry.py ledger/test_merkle.py ledger/test_written_books.py \
	ledger/test_replay.py flows/test_checks.py flows/test_facts.py store/test_driver.py \
	store/test_lines.py store/test_vault.py services/flows services/test_group_commit.py \
	services/test_intake.py services/test_lost_commits.py \
	services/test_posting.py services/test_posting_rules.py services/test_writer.py \
	services/verification/test_log.py api/test_decoding.py api/test_entries.py web/test_requests.py)
test-compiled: compiled
	@if [ -d $(COMPILED) ]; then \
		TIMEBANK_COMPILED=1 $(ON_COMPILED) $(PYTEST) -p no:cacheprovider \
			--import-mode=append -o pythonpath= $(COMPILED_TESTS); \
	else echo "no tests of compiled code: it cannot be compiled here, see above" >&2; fi

# BENCH=routes for the table alone; `make bench BENCH='routes --pairs 1 --posts 100'` is quick.
# What is measured is what the wheel installs; PYTHONSAFEPATH keeps the source out of the way.
bench: compiled
	$(ON_COMPILED) $(BIN)/python -m benchmarks $(BENCH)

wheel:
	@$(BOOTSTRAP) requirements-dev.lock
	@$(BIN)/python scripts/compile.py wheel

compiled:
	@$(BOOTSTRAP) requirements-dev.lock
	@$(BIN)/python scripts/compile.py tree

lint:
	@$(BOOTSTRAP) requirements-dev.lock
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format:
	@$(BOOTSTRAP) requirements-dev.lock
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

# Keeps the versions it finds, if it can; `make lock LOCK=--upgrade` takes the newest.
# The lock of the service is a part of the lock for development, so both agree.
COMPILE = $(UV) pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--generate-hashes --no-header --no-annotate $(LOCK)
lock:
	@command -v $(UV) >/dev/null || { echo "make lock needs uv: pip install uv" >&2; exit 1; }
	$(COMPILE) --all-extras --group dev -o requirements-dev.lock
	$(COMPILE) --extra server --group build -c requirements-dev.lock -o requirements.lock

clean:
	rm -rf .venv build dist *.egg-info .coverage .coverage.* htmlcov .hypothesis \
		.import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find $(CODE) -name __pycache__ -prune -exec rm -rf {} +
