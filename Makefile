# Every command of a contributor. Set-up is part of each: nothing is needed but Python 3.11 to 3.14 with pip.

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/installed

# A shell set up for production must not lead a test or the demo to the real API or to a real database.
unexport $(filter RUNWAYML_% GATEWAY_%,$(.VARIABLES))

.DEFAULT_GOAL := help
.PHONY: help demo test test-all check fix bench openapi lock clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' Makefile

demo: $(STAMP)  ## play the main job offline and keep serving; with ONCE=1 end after it, non-zero when a figure is wrong
	$(BIN)/runway-gateway demo $(if $(ONCE),--once)

test: $(STAMP)  ## the tests, every kind of them, in at most 10 minutes on 2 cores
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not long" $(ARGS)

test-all: $(STAMP)  ## the same with the long ones: scale, soak, many kill rounds
	$(BIN)/python -m pytest -n 2 --dist worksteal $(ARGS)

check: $(STAMP)  ## lint, format, types, import contracts
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

fix: $(STAMP)  ## mend what ruff can mend
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(STAMP)  ## the benchmarks, as a table of ratios and as JSON
	$(BIN)/python -m tests.benchmarks $(ARGS)

openapi: $(STAMP)  ## make openapi/*.json again: Runway's from the pinned SDK, the gateway's own from its routes
	$(BIN)/python -m openapi.derive
	$(BIN)/python -m gateway openapi > openapi/gateway.json.new
	mv openapi/gateway.json.new openapi/gateway.json

lock: $(STAMP)  ## requirements.lock from pyproject.toml; with UPGRADE=1 to the newest versions
	$(BIN)/pip install --quiet "uv>=0.9"
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --all-extras --group dev --generate-hashes \
	  --no-emit-index-url --no-annotate --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade) \
	  --output-file requirements.lock pyproject.toml

clean:  ## remove what the commands above made
	rm -rf .venv build dist var .coverage .coverage.* .hypothesis .schemathesis \
	  .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find gateway mock_server openapi tests -name __pycache__ -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' || \
	  { echo "Python 3.11 to 3.14 is needed; $(PYTHON) is not. Name one: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@echo "Making .venv ..."
	@$(PYTHON) -m venv .venv

$(STAMP): requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing what requirements.lock names into .venv: about a minute without a word, once ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(STAMP)
