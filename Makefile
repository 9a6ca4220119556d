# Everything lives in .venv and node_modules. Needs python3 (3.11 or newer, with venv) and make; nothing else.
PYTHON ?= python3
SEED ?= seeds/bio.yaml
WORKERS ?= 3

BIN := .venv/bin
RUNTIME := .venv/.runtime-installed
DEV := .venv/.dev-installed
CDK := node_modules/.installed
ORACLES := .oracles/.installed
OUT = build/$(basename $(notdir $(SEED)))
INSTALL := -m pip install --quiet --disable-pip-version-check --no-input
# More workers than cores: many tests wait for daemons. In order of names: files with few tests, which are
# the slow ones, would come last.
PYTEST = $(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

# Missing .pyc files cost more than all else; a shell that sets this would double every start.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test oracles lint format bench docs golden install oracle-venv lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

demo: $(RUNTIME) ## plan and synthesise SEED (seeds/bio.yaml): no AWS account, no Docker, no system Node
	$(BIN)/petal plan -t $(SEED)
	$(BIN)/petal synth -t $(SEED) -o $(OUT)

test: $(DEV) $(CDK) ## every test but the slow oracles
	$(PYTEST) -m "not oracle"

oracles: $(DEV) $(CDK) $(ORACLES) ## ask ParallelCluster's own validators and other slow judges
	$(PYTEST) -m oracle

lint: $(DEV) ## format, style, types, import contracts, spelling, shell files
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	git ls-files | xargs $(BIN)/codespell
	@if command -v shellcheck >/dev/null; then git ls-files '*.sh' .ci/run | xargs shellcheck; \
	else echo "shellcheck is missing, shell files were not checked: apt-get install shellcheck"; fi

format: $(DEV) ## let ruff write what it can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(DEV) ## start-up and synthesis times against their bars
	@$(BIN)/python -m compileall -q petal_constructs
	$(BIN)/python benchmarks/run.py $(SEED)

docs: $(DEV) ## rewrite the generated pages and the JSON Schema
	$(BIN)/python tools/generate_docs.py

golden: $(DEV) ## rewrite the snapshots; the diff is the review
	$(PYTEST) -m "not oracle" --snapshot-update

install: $(DEV) $(CDK) ## what demo, test and lint install first

oracle-venv: $(ORACLES) ## .oracles: aws-parallelcluster, whose validators are asked by tests

PIN = UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile --quiet --upgrade --universal \
  --python-version 3.11 --generate-hashes --no-annotate --no-emit-index-url
lock: $(DEV) ## pin the newest versions that pyproject.toml allows
	$(BIN)/python $(INSTALL) uv==0.13.9
	$(PIN) -o requirements-dev.lock --group dev pyproject.toml
	$(PIN) -o requirements.lock --group build -c requirements-dev.lock pyproject.toml
	$(PIN) -o tests/oracles/requirements.lock tests/oracles/requirements.in

clean: ## remove what was installed or generated
	rm -rf .venv .oracles node_modules build dist cdk.out .cache .*_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "petal needs Python 3.11 or newer, but $(PYTHON) is $$($(PYTHON) --version 2>&1):" \
	       "name another, e.g. make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; \
	  echo "$(PYTHON) cannot make a virtual environment: apt-get install python3-venv"; exit 1; }

$(RUNTIME): requirements.lock pyproject.toml | $(BIN)/python
	@echo "installing petal into .venv (a minute or two, once)"
	@$(BIN)/python $(INSTALL) --require-hashes -r requirements.lock
	@$(BIN)/python $(INSTALL) --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -qq -j $(WORKERS) .venv/lib petal_constructs || true
	@touch $@

$(DEV): requirements-dev.lock $(RUNTIME)
	@echo "installing the test and lint tools into .venv (once)"
	@$(BIN)/python $(INSTALL) --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m compileall -qq -j $(WORKERS) .venv/lib tests || true
	@touch $@

$(CDK): package-lock.json | $(RUNTIME)
	@echo "installing the CDK command line into node_modules (once)"
	@$(BIN)/npm ci --no-fund --no-audit --no-update-notifier --loglevel=error
	@touch $@

$(ORACLES): tests/oracles/requirements.lock | $(BIN)/python
	@echo "installing aws-parallelcluster into .oracles (a few minutes, once)"
	@test -x .oracles/bin/python || $(BIN)/python -m venv .oracles
	@.oracles/bin/python $(INSTALL) -r tests/oracles/requirements.lock
	@touch $@
