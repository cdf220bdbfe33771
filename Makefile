# Everything runs inside .venv; each target makes what it needs and says so.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: help install run test check eval bench scale browser mongodb ocr ollama clean
.DEFAULT_GOAL := help

help: ## Show the targets.
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

install: $(STAMP) ## Make .venv with the command .venv/bin/aei.

$(STAMP): pyproject.toml uv.lock
	@$(PYTHON) -c "import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))" || { echo "Python 3.11 or 3.12 is needed (set PYTHON=...)."; exit 1; }
	@test -x $(BIN)/python || { echo "==> Making a virtual environment in $(VENV)"; $(PYTHON) -m venv $(VENV); }
	@test -x $(BIN)/uv || { echo "==> Installing uv into it"; $(BIN)/python -m pip install --quiet "uv>=0.8,<1"; }
	@echo "==> Installing the locked dependencies"
	@$(BIN)/uv sync --frozen --all-groups --inexact --compile-bytecode --quiet --project . --python $(BIN)/python
	@$(BIN)/python -m compileall -q assistant
	@touch $@

run: $(STAMP) ## Start the assistant; the page is at http://127.0.0.1:8000.
	@exec $(BIN)/python -m assistant.api.serve

test: check browser mongodb ocr ## Check the code and run all tests.
	@echo "==> Running the tests"
	@$(BIN)/python -m pytest

check: $(STAMP) ## Lint, format, types, import rules.
	@echo "==> Checking lint, format, types and import rules"
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

browser: ## Install Chromium for the browser tests, where that is possible and it is missing.
	@sh tests/servers/install_chromium.sh

mongodb: ## Build the MongoDB-protocol server for the GridFS tests, where Go is present.
	@sh tests/servers/install_ferretdb.sh

ocr: ## Install tesseract for the tests of text recognition, where that is possible.
	@sh tests/servers/install_tesseract.sh

ollama: ## Build the real Ollama for its contract test (minutes; needs Go and a C++ compiler).
	@sh tests/servers/install_ollama.sh

eval: $(STAMP) ## Score the evaluation data and write docs/evaluation.md.
	@$(BIN)/python -m benchmarks.evaluation

bench: $(STAMP) ## Measure speed beside the usual way, in one run.
	@$(BIN)/python -m benchmarks.ingest
	@$(BIN)/python -m benchmarks.latency
	@$(BIN)/python -m benchmarks.router_overhead

scale: $(STAMP) ## Measure search at 100,000 passages (PASSAGES=1000000 for more).
	@$(BIN)/python -m benchmarks.scale --passages $(or $(PASSAGES),100000)

clean: ## Remove the virtual environment and caches.
	rm -rf $(VENV) .bin .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
