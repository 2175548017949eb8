# Meguri. `make help` lists what there is.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
T ?=

.PHONY: help setup dev cluster demo test long lint audit sbom bench docs screenshots journeys clean browser

help: ## This list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

# A stamp spares the installation while the locks have not changed.
$(VENV)/.run: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Meguri needs Python 3.11 or newer (PYTHON=python3.11 make …)."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing: install the package python3-venv."; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

setup: $(VENV)/.run ## Virtual environment with Meguri in it

dev: $(VENV)/.dev ## The same with all that tests and lint need

$(VENV)/.cluster: requirements-spark.lock $(VENV)/.run
	@command -v java > /dev/null || echo "Spark needs Java 17 or later (Debian: apt-get install openjdk-17-jre-headless)."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-build-isolation -r requirements-spark.lock
	@touch $@

cluster: $(VENV)/.cluster ## Apache Spark beside it, for what one machine does not hold (--engine spark); tests then try it too

demo: setup ## The main job on a made-up chain of companies, then http://127.0.0.1:8000 (DEMO_SERVE=0: only print)
	@$(BIN)/meguri demo

browser:
	@bash tests/install_browser.sh

# The browser's driver keeps an event loop of its own, so its tests run in processes of their own.
# Files are taken in their order, not by their number of tests: else the few long ones come last and one core waits.
test: dev browser ## All tests (T=path: only those, in one process)
	@if [ -n "$(T)" ]; then $(BIN)/pytest $(T); else \
	  $(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not long" --ignore=tests/journeys && $(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder tests/journeys; fi

long: dev ## The tests that take about a minute and more each
	@$(BIN)/pytest -m long

lint: dev ## Style, types, directions between rooms, known flaws in packages
	@$(BIN)/ruff check src tests benchmarks
	@$(BIN)/ruff format --check src tests benchmarks
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(MAKE) --no-print-directory audit

# A flaw that is known stops; a list of flaws that cannot be reached is told and stops nothing.
audit: dev ## Known flaws in the packages that are locked
	@said=$$($(BIN)/pip-audit --progress-spinner off --require-hashes --disable-pip -r requirements.lock 2>&1) && echo "No known flaws in the packages." || \
	  { if grep -qE "^Found [0-9]+ known vulnerabilit" <<<"$$said"; then echo "$$said"; exit 1; fi; echo "Known flaws could not be looked up: $$(tail -n 1 <<<"$$said")"; }

sbom: dev ## Bill of materials (CycloneDX 1.6) of this release: dist/meguri-VERSION.cdx.json
	@$(BIN)/python -m docs.sbom

bench: dev ## Benchmarks against peers; writes docs/benchmarks.md
	@$(BIN)/python -m benchmarks

docs: dev ## Reference pages made from the code
	@$(BIN)/meguri settings > docs/reference/settings.md
	@$(BIN)/python -m meguri.ui.glossary
	@$(BIN)/python -m docs.abnormal_flows > docs/reference/abnormal-flows.md

screenshots: dev browser ## The pictures in docs/images, from the demo
	@$(BIN)/python -m docs.screenshots

journeys: dev browser ## The table of first-time users' journeys with their times by the model
	@$(BIN)/python -m docs.journeys > docs/reference/.journeys && mv docs/reference/.journeys docs/reference/journeys.md

clean: ## Removes what was built here
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist src/*.egg-info
