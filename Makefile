# Every command of the project.  `make help` lists them.

PYTHON ?= python3
PORT ?= 8080
TARGET ?=
CREDENTIALS ?=
SEED ?=

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PACKAGES := auth_plugin client_runtime generated_client generator mock_exchange

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:

.PHONY: all
all: generate contract  ## set up, regenerate, contract-test client and mock against the spec, report

.PHONY: setup
setup: $(READY)  ## make the environment .venv from the lock file

$(READY): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is %d.%d: try make PYTHON=python3.12" % sys.version_info[:2])'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Setting up $(VENV) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@

.PHONY: generate
generate: $(READY)  ## write the client from the spec
	@$(BIN)/python -m gemini_clearing_generator

.PHONY: check-generated
check-generated: $(READY)  ## compare the committed client with a fresh rendering
	@$(BIN)/python -m gemini_clearing_generator --check

.PHONY: contract
contract: $(READY)  ## judge the embedded mock, or TARGET=<url> with CREDENTIALS=<file>
	@$(BIN)/python -m contract $(if $(TARGET),--target "$(TARGET)") $(if $(CREDENTIALS),--credentials "$(CREDENTIALS)") $(if $(SEED),--seed "$(SEED)")

.PHONY: test
test: $(READY)  ## run every test
	@$(BIN)/python -m pytest -n 2

.PHONY: check
check: $(READY) check-generated  ## lint, types, import contracts, freshness, package
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

.PHONY: mock
mock: $(READY)  ## serve the mock exchange on PORT
	@$(BIN)/python -m gemini_clearing_mock --port $(PORT)

.PHONY: bench
bench: $(READY)  ## print ratios against peers and limits, in one run
	@$(BIN)/python -m benchmarks

.PHONY: lock
lock: $(READY)  ## resolve the lock file anew, without index addresses
	@$(BIN)/uv pip compile pyproject.toml --group dev --extra mock --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-emit-find-links --no-header --quiet --output-file requirements/dev.txt

.PHONY: clean
clean:  ## remove the environment and everything made from it
	@rm -rf $(VENV) .build dist .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache .hypothesis

.PHONY: help
help:  ## list these commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | while IFS="$$(printf '\t')" read -r name text; do printf '  make %-16s %s\n' "$$name" "$$text"; done
