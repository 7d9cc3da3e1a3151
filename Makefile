# Two commands matter: `make run` and `make test`. Both set up .venv first; nothing is repeated.
PYTHON ?= python3
CORES ?= all
VENV := .venv
BIN := $(VENV)/bin
# The environment is current when its stamp is newer than the pins.
RUN_STAMP := $(VENV)/.installed-run
DEV_STAMP := $(VENV)/.installed-dev
BENCH_STAMP := $(VENV)/.installed-bench
# One thread for libraries inside each test worker: workers already use every core.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q --durations=25 --dist worksteal -n

.PHONY: run test test-fast test-long stress lint format schemas bench clean help
.DEFAULT_GOAL := help

help:
	@echo "make run        set up, run the default study, say where the report is"
	@echo "make test       set up, run every test but those of make test-long"
	@echo "make test-fast  the tests that take seconds"
	@echo "make test-long  the study that touches nearly every rule: on a SLURM of its own, and twice the same"
	@echo "make stress     kill stages a hundred times and compare what they give in the end"
	@echo "make lint       code style, types, workflow style"
	@echo "make format     put code and workflow into the house style"
	@echo "make schemas    write JSON schemas and config/README.md from the config classes"
	@echo "make bench      benchmarks, with other implementations where they install"
	@echo "make clean      delete the environment and caches of tools; results stay"
	@echo "Options: CORES=4, PYTHON=python3.12, SNAKEMAKE_FLAGS='--configfile config/mine.yaml'"

run: $(RUN_STAMP)
	@$(BIN)/snakemake --cores $(CORES) $(SNAKEMAKE_FLAGS)
	@echo "The report is results/report.html"

# One more worker than cores: the tests on a cluster wait most of the time.
test: $(DEV_STAMP)
	$(PYTEST) $$(($(shell nproc) + 1)) -m "not long" tests

test-fast: $(DEV_STAMP)
	$(PYTEST) $(shell nproc) -m "not slow and not workflow and not cluster and not gpu" tests

test-long: $(DEV_STAMP)
	$(PYTEST) 1 -m long tests

stress: $(DEV_STAMP)
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.stress.kills --kills 100

lint: $(DEV_STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check workflow rules
	$(BIN)/mypy
	$(BIN)/snakemake --lint

format: $(DEV_STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt workflow rules

schemas: $(RUN_STAMP)
	$(BIN)/python -m ebmflow.config.write_schemas

bench: $(BENCH_STAMP)
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .mypy_cache .hypothesis

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' || \
		{ echo "Python 3.11, 3.12 or 3.13 is needed; say which with: make run PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
		{ rm -rf $(VENV); echo "Python cannot make an environment; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }

# torch alone first: exactly pinned, so that pip takes a CPU build where one is offered.
$(RUN_STAMP): pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --disable-pip-version-check -q torch==2.13.0
	$(BIN)/python -m pip install --disable-pip-version-check -q -e .
	@touch $@

$(DEV_STAMP): $(RUN_STAMP)
	$(BIN)/python -m pip install --disable-pip-version-check -q -e '.[dev]'
	@touch $@

$(BENCH_STAMP): $(RUN_STAMP)
	-$(BIN)/python -m pip install --disable-pip-version-check -q -e '.[bench]'
	@touch $@
