# Needs Python 3.11, 3.12 or 3.13, make and a network; everything else goes into .venv.
# `make` alone lists the targets.

SUPPORTED := import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11; do \
	"$$name" -c '$(SUPPORTED)' 2>/dev/null && echo "$$name" && break; done)

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
DEMO ?= --path build/demo
PYTEST_ARGS ?=
UV_VERSION := 0.13.8

CHECKS := check-format check-lint check-types check-contracts check-complexity \
	check-docstrings check-dead check-doctests check-limits

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help demo test coverage check $(CHECKS) bench full soak rows generate lock venv clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# ---- environment: stamps keep a second run quick

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "no Python 3.11 to 3.13 with venv found; install one, or name it: make PYTHON=/path/to/python3" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.locked: requirements.lock | $(BIN)/python
	$(PIP) install --quiet --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.installed: pyproject.toml $(VENV)/.locked
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.developed: requirements-dev.lock $(VENV)/.installed
	$(PIP) install --quiet --require-hashes -r requirements-dev.lock
	@touch $@

venv: $(VENV)/.developed  ## make .venv with everything a developer needs

lock: $(VENV)/.lock-uv-$(UV_VERSION)  ## pin every dependency again, with hashes
	$(VENV)/lock/bin/uv pip compile pyproject.toml --quiet $(LOCK) --extra demo --group editable -o requirements.lock
	$(VENV)/lock/bin/uv pip compile pyproject.toml --quiet $(LOCK) --extra demo --group dev -c requirements.lock -o requirements-dev.lock

LOCK := --upgrade --universal --python-version 3.11 --generate-hashes --no-annotate --no-sources \
	--no-strip-extras --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

$(VENV)/.lock-uv-$(UV_VERSION): | $(BIN)/python
	$(BIN)/python -m venv $(VENV)/lock
	$(VENV)/lock/bin/python -m pip install --quiet uv==$(UV_VERSION)
	@touch $@

# ---- what a user sees

demo: $(VENV)/.installed  ## run the worked example: poisoned data, found and undone
	$(BIN)/headgate demo poison $(DEMO)

# ---- tests

# What `make coverage` sets: counting branches takes longer, so a test run by itself does not.
COVERAGE ?=
JOBS ?= auto
# Every test of the repository carries its own time limit; see tools/time_limits.py.
PYTEST := $(BIN)/python -m pytest
# pytest ends with 5 where no test bears the mark.
OR_NONE := || { status=$$?; test $$status -eq 5 || exit $$status; }

# The tests make thousands of small projects: in memory, where there are 4 GB of it for files,
# unless TMPDIR names another place.
ROOM := $(shell df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 && $$4 > 4000000 { print $$6 }')
# They start hundreds of processes, which need not compile everything again.
unexport PYTHONDONTWRITEBYTECODE

test: $(VENV)/.developed  ## run the tests
	@mkdir -p build
	TMPDIR=$${TMPDIR:-$(ROOM)} $(PYTEST) tests -m "not full and not soak" -n $(JOBS) $(COVERAGE) $(PYTEST_ARGS)

coverage:  ## run the tests and count the branches they take
	@$(MAKE) --no-print-directory test COVERAGE="--cov --cov-report=term"

full: $(VENV)/.developed  ## run the tests that take long
	$(PYTEST) tests -m "full and not soak" $(PYTEST_ARGS) $(OR_NONE)

soak: $(VENV)/.developed  ## run the tests that take very long
	$(PYTEST) tests -m soak $(PYTEST_ARGS) $(OR_NONE)

rows: $(VENV)/.developed  ## show which rows of docs/requirements.tsv a passing test shows
	@rm -f build/rows.tsv
	@$(PYTEST) tests -m "row and not soak" -n $(JOBS) -q $(PYTEST_ARGS) $(OR_NONE)
	@$(BIN)/python -m tools.rows

bench: $(VENV)/.developed  ## run the benchmarks, one after the other
	@for name in start store files erase writers runner blast contract gate validator drift; do echo "== $$name"; $(BIN)/python -m bench.$$name || exit 1; done

# ---- static signals: all are run, and any that fails fails `make check`

CODE := $(wildcard src bench tools examples)

check: $(VENV)/.developed  ## run every static signal
	@$(MAKE) --no-print-directory --keep-going $(CHECKS)
	@echo "every signal holds"

check-format: $(VENV)/.developed
	@echo "== format"
	@$(BIN)/ruff format --check --quiet --diff .

check-lint: $(VENV)/.developed
	@echo "== lint"
	@$(BIN)/ruff check .

check-types: $(VENV)/.developed
	@echo "== types: strict over the code, standard over the tests"
	@$(BIN)/pyright
	@$(BIN)/pyright --project tests

check-contracts: $(VENV)/.developed
	@echo "== import contracts and cycles"
	@$(BIN)/lint-imports --no-logo --no-cache

check-complexity: $(VENV)/.developed
	@echo "== cognitive complexity, at most 15"
	@$(BIN)/complexipy $(CODE) --max-complexity-allowed 15 --failed --color no

check-docstrings: $(VENV)/.developed
	@echo "== docstrings"
	@$(BIN)/interrogate --quiet src || $(BIN)/interrogate -vv src

check-dead: $(VENV)/.developed
	@echo "== dead code"
	@$(BIN)/python -m tools.dead

check-doctests: $(VENV)/.developed
	@echo "== doctests"
	@$(PYTEST) --doctest-modules src tools -q --ignore=src/headgate/spine/store/migrations/env.py

check-limits: $(VENV)/.developed
	@echo "== limits"
	@$(BIN)/python -m tools.limits

# ---- upkeep

generate: $(VENV)/.installed  ## write the generated files again
	$(BIN)/python -m headgate.surfaces.table

clean:  ## remove everything that make wrote
	rm -rf $(VENV) build dist .hypothesis .pytest_cache .ruff_cache .complexipy_cache
	find src tests tools bench -name __pycache__ -type d -exec rm -rf {} +
