# What a newcomer types: make demo, make test. Everything runs in a .venv of its own, from requirements.lock (hashes).
PYTHON ?= python3
# Another Python has an environment of its own inside the same folder: make test PYTHON=python3.14.
VENV := .venv$(if $(filter-out python3,$(PYTHON)),/$(notdir $(PYTHON)))
BIN := $(VENV)/bin
READY := $(VENV)/.ready
FAST := build/fast
SECONDS := 600
LOAD := 0
JOBS := auto
# What is tested: all of it, or the paths of T, the tests with the words of K: make test T=tests/did K="web and not port".
T :=
K :=
PATHS = didkit_fr
TESTS = tests
MINUTES = 30
SAMPLE = 0
SEED = 1
PYTEST = $(BIN)/python -m pytest -n $(JOBS) --dist worksteal
BUSY = $(if $(filter-out 0,$(LOAD)),$(BIN)/python -m tests.under_load $(LOAD))
# The library's own tests, for `make check`; the compiled packages and what is built on them, for `make test-fast`.
OWN := $(addprefix tests/,encoding primitives keys proofs did trust credentials formats status verification protocols \
	test_addresses.py test_advice.py test_architecture.py test_boundary.py test_error_table.py test_flow.py test_fetch.py \
	test_guarantees.py test_relying_party.py test_specs.py test_testing.py)
OVER_FAST := $(addprefix tests/,encoding keys proofs formats status trust did credentials verification protocols refusals \
	fuzz interop test_compiled.py test_relying_party.py test_testing.py)

.PHONY: help demo check test coverage mutate lint types run scan fast test-fast bench bench-plain fuzz vectors vectors-fetch release-check lock clean

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

$(READY): requirements.lock pyproject.toml
	@echo "setting up $(VENV) from requirements.lock ..." >&2
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12")'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip --disable-pip-version-check -q install --require-hashes -r requirements.lock
	@$(BIN)/python -m pip --disable-pip-version-check -q install --no-deps --no-build-isolation -e .
	@touch $(READY)

demo: $(READY) ## the whole journey with real processes, a minute or two
	@$(BIN)/python -m tests.end_to_end.demo

check: $(READY) lint types ## format, lint, types and the library's own tests: a minute
	@$(PYTEST) -m "not slow and not end_to_end and not vectors" $(OWN)

test: $(READY) $(if $(T)$(K),,lint types) ## lint, types and all tests, in parallel; T=path K=word: only these; LOAD=3: beside 3 busy loops
	@$(BUSY) $(PYTEST) $(if $(K),-k "$(K)") $(T)

coverage: $(READY) ## the tests that start no other process, with branches counted; fails below the floor of pyproject.toml
	@rm -f .coverage .coverage.*
	@$(BIN)/python -m coverage run -m pytest -n $(JOBS) --dist worksteal -m "not slow and not end_to_end" \
		--ignore=tests/bench --ignore=tests/fuzz --ignore=tests/interop
	@$(BIN)/python -m coverage combine -q
	@$(BIN)/python -m coverage report

mutate: $(READY) ## small faults in the sources of PATHS, which the tests should notice; MINUTES=30 SAMPLE=300 SEED=1 TESTS=tests/status
	@$(BIN)/python -m tests.mutate $(PATHS) --minutes $(MINUTES) --tests $(TESTS) --sample $(SAMPLE) --seed $(SEED) \
		--jobs $(if $(filter auto,$(JOBS)),2,$(JOBS))

test-fast: $(FAST)/.ready ## the tests of the compiled packages and of what is built on them, over the compiled library
	@DIDKIT_COMPILED=1 $(BIN)/python -P -m pytest -n $(JOBS) --dist worksteal -o "pythonpath=$(FAST) ." $(OVER_FAST)

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

vectors-fetch: $(READY) ## fills the folder that DIDKIT_VECTORS names by specs/vectors.lock; FROM=https://mirror.example/vectors
	@$(BIN)/python -m tests.vectors_lock fetch '$(FROM)'

release-check: $(READY) ## builds wheel and source archive twice, compares them byte for byte and leaves them in dist/
	@$(BIN)/python .ci/release_check.py dist

lock: ## resolves requirements.lock for Python 3.11 to 3.14 (needs uv); what is locked stays, but with UPGRADE=1
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --all-extras \
		--no-emit-package didkit-fr $(if $(UPGRADE),--upgrade) pyproject.toml -o requirements.lock

clean:
	rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .hypothesis .mutants .coverage*
