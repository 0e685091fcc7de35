# What a newcomer types: make demo, make test. Everything runs in a .venv of its own, from requirements.lock (hashes).
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
FAST := build/fast
SECONDS := 600
LOAD := 0
BUSY = $(if $(filter-out 0,$(LOAD)),$(BIN)/python -m tests.under_load $(LOAD))
OVER_FAST := $(addprefix tests/,encoding keys proofs formats status trust did credentials verification protocols refusals \
	fuzz interop test_compiled.py test_relying_party.py test_testing.py)

.PHONY: help demo test lint types run scan fast test-fast bench bench-plain fuzz vectors lock clean

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

$(READY): requirements.lock pyproject.toml
	@echo "setting up .venv from requirements.lock ..." >&2
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12")'
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip --disable-pip-version-check -q install --require-hashes -r requirements.lock
	@$(BIN)/python -m pip --disable-pip-version-check -q install --no-deps --no-build-isolation -e .
	@touch $(READY)

demo: $(READY) ## the whole journey with real processes, a minute or two
	@$(BIN)/python -m tests.end_to_end.demo

test: $(READY) lint types ## lint, types, architecture, unit, property, refusals, vectors, end to end; LOAD=3: beside 3 busy loops
	@$(BUSY) $(BIN)/python -m pytest

test-fast: $(FAST)/.ready ## the tests of the compiled packages and of what is built on them, over the compiled library
	@DIDKIT_COMPILED=1 $(BIN)/python -P -m pytest -o "pythonpath=$(FAST) ." $(OVER_FAST)

lint: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(READY)
	@$(BIN)/mypy

run: $(READY) ## register, issuer with its pages and a relying party on loopback until stopped, with the commands to try
	@$(BIN)/python -m tests.end_to_end.run

scan: $(READY) ## journeys with canaries, then a search of everything an attacker could take
	@$(BIN)/python -m tests.end_to_end.scan

bench: $(FAST)/.ready ## ratios to the raw operation, one JSON object a line; the library compiled
	@PYTHONPATH=$(FAST):. $(BIN)/python -P -m tests.bench

bench-plain: $(READY) ## the same of the library as it is in the checkout
	@$(BIN)/python -m tests.bench

fast: $(FAST)/.ready ## a wheel with the packages of pure computation compiled (needs a C compiler), and the same in build/fast

$(FAST)/.ready: $(READY) .ci/hatch_build.py $(shell find didkit_fr -name '*.py')
	@command -v cc > /dev/null || command -v gcc > /dev/null || { echo "this needs a C compiler (Debian: apt install gcc)" >&2; exit 1; }
	@echo "compiling the packages of pure computation, two minutes or so ..." >&2
	@rm -rf build && mkdir build
	@DIDKIT_COMPILE=1 $(BIN)/python -m pip --disable-pip-version-check -q wheel --no-deps --no-build-isolation -w build .
	@$(BIN)/python -m zipfile -e build/*.whl $(FAST)
	@touch $(FAST)/.ready

fuzz: $(READY) ## looks for inputs that raise what they should not or cost too much; make fuzz SECONDS=600
	@$(BIN)/python -m tests.fuzz $(SECONDS)

vectors: $(READY) ## the official vectors, one JSON object a folder
	@$(BIN)/python -m tests.conformance_vectors

lock: ## resolves requirements.lock again (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --all-extras \
		--no-emit-package didkit-fr --upgrade pyproject.toml -o requirements.lock

clean:
	rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .hypothesis
