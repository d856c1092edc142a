# The main targets are `make serve` and `make test`. They create .venv if it is missing and install what they need. They
# install again only after setup.cfg or pyproject.toml changed. GNU make 3.81 or newer.

PYTHON ?= python3
ARGS ?=

VENV := .venv
RUN := $(VENV)/bin/python
# What test-all runs beside its tests; without LINT, nothing.
LINT ?= lint
BESIDE_TESTS = $(if $(LINT),$(MAKE) $(LINT))
MARKS := not nightly
# A few tests of each package, for the oldest versions that setup.cfg allows.
MINIMUM := build/minimums
MINIMUM_TESTS := tests/nnet/test_layer.py tests/nnet/test_weights.py tests/nnet/test_fast_convolution.py \
  tests/nnet/test_kernels_products.py tests/data/test_data.py tests/data/test_images_and_sheets.py tests/rules/test_run_config.py \
  tests/plain/test_training.py tests/runs/test_run.py tests/runs/test_folder_lock.py tests/runs/test_run_writer.py \
  tests/runs/test_trainer.py tests/runs/test_local_queue.py tests/drawings/test_sample.py tests/evaluate/test_table.py \
  tests/write/test_svg.py tests/write/test_golden.py tests/cli/test_command_line.py tests/web/test_api.py \
  tests/web/test_websocket.py tests/web/test_connections.py
PIP := $(RUN) -m pip --disable-pip-version-check --no-input install

# Exits with a line that states the expected and the found version.
CHECK_VERSION = import sys; found = tuple(sys.version_info[:3]); found >= (3, 11) or sys.exit( \
  "Python 3.11 or newer is needed, but $(PYTHON) is Python %d.%d.%d; name another: make install PYTHON=python3.14" % found)

# Where this variable is set, as in many containers, each of the processes that tests start would compile all modules.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help serve test test-all test-nightly install lint exercise minimums fuzz bench soak site clean
.NOTPARALLEL:

help:  ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile
	@echo 'Options: PYTHON=python3.14 (builds .venv), ARGS="..." (passed to serve, test, test-all, test-nightly, fuzz, bench, soak and site)'

serve: $(VENV)/.installed  ## install, then serve the pages on http://localhost:8007
	$(RUN) server.py $(ARGS)

test: $(VENV)/.installed-test $(VENV)/.warm  ## install, then run the tests; browser tests need Chromium and are skipped without it
	$(RUN) -m pytest $(ARGS)

# All checks of .ci/run. Lint runs beside the tests and is printed after them.
test-all: $(VENV)/.installed-test $(VENV)/.installed-lint $(VENV)/.warm  ## test and lint, with long tests of pages, clusters and kernels
	@$(BESIDE_TESTS) >$(VENV)/lint.txt 2>&1 & lint=$$!; \
	  (set -x; $(RUN) -m pytest -m "$(MARKS)" $(ARGS)); tests=$$?; \
	  wait $$lint; lint=$$?; cat $(VENV)/lint.txt; exit $$((tests + lint))

test-nightly: MARKS := nightly or not nightly
test-nightly: $(VENV)/.installed-fuzz test-all  ## test-all, and what is long and finds little: fuzzing, wheels, a short soak
	$(RUN) -m benchmarks.crash_recovery --quick

install: $(VENV)/.installed-test $(VENV)/.warm  ## install what serve and test need, and compile the kernels

lint: $(VENV)/.installed-test $(VENV)/.installed-lint  ## check style (ruff, Deno), types (mypy, Deno), imports (import-linter) and size
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy nnet gan tools benchmarks tests server.py train.py
	$(RUN) -m mypy -p docs.course
	$(RUN) $(VENV)/bin/lint-imports --no-logo --no-cache
	$(RUN) -m tools.count_tokens
	@$(RUN) -c 'import deno' 2>/dev/null || { echo "JavaScript is not checked: Deno has no wheel for this system."; exit 0; }; \
	  set -ex; $(RUN) -m deno fmt --check; $(RUN) -m deno lint; \
	  $(RUN) -m deno check --quiet --no-remote static/js tests/js

# A wrong answer exits with 1. That is no failure of make, so make adds no message of its own.
exercise: $(VENV)/.installed  ## check an answer in docs/course, N=1 to 10 or all; HINT=1, 2 or 3 shows a hint instead
	@$(RUN) -m docs.course.check $(N) $(if $(HINT),--hint $(HINT)) || [ $$? = 1 ]

# Not part of test-all, because it installs everything once more. Python 3.11 and 3.12 have wheels of all these versions.
minimums:  ## install the oldest versions that setup.cfg allows into build/minimums, and run some tests there; some minutes
	"$(PYTHON)" -m venv --clear $(MINIMUM)
	sed -n 's/^ *\([a-z0-9-]*\)>=\([0-9.]*\)$$/\1==\2/p' setup.cfg > $(MINIMUM)/constraints.txt
	$(MINIMUM)/bin/python -m pip --disable-pip-version-check --no-input install -c $(MINIMUM)/constraints.txt -e ".[test]"
	NUMBA_CACHE_DIR="$(CURDIR)/$(MINIMUM)/cache" $(MINIMUM)/bin/python -m pytest $(MINIMUM_TESTS) $(ARGS)

fuzz: $(VENV)/.installed-test $(VENV)/.installed-fuzz $(VENV)/.warm  ## test parsers and requests with generated input, a quarter of an hour
	HYPOTHESIS_PROFILE=fuzz $(RUN) -m pytest -m "nightly or not nightly" -o faulthandler_timeout=0 tests/project/test_parsers.py \
	  tests/web/test_openapi_fuzzed.py $(ARGS)

# Without PyTorch it times our code only. To install PyTorch: .venv/bin/pip install -e ".[bench]".
bench: $(VENV)/.warm  ## time one training iteration, ours and PyTorch's, two minutes
	$(RUN) -m benchmarks.step $(ARGS)

soak: $(VENV)/.warm  ## kill runs, cut their power, fill their disk, and check that nothing is lost; half an hour, partly as root
	$(RUN) -m benchmarks.crash_recovery $(ARGS)

site: $(VENV)/.installed  ## write the pages as files for any static host, into site/ (ARGS="-o FOLDER --program URL")
	$(RUN) -m gan.web.site $(ARGS)

clean:  ## remove .venv and every cache; runs/ is kept
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis *.egg-info build dist
	find nnet gan tools tests benchmarks __pycache__ -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true

$(RUN):
	@command -v "$(PYTHON)" >/dev/null || { echo "Python 3.11 or newer is needed, but no $(PYTHON) was found;" \
	  "name one: make install PYTHON=python3.14" >&2; exit 1; }
	@"$(PYTHON)" -c '$(CHECK_VERSION)'
	@"$(PYTHON)" -c 'import ensurepip' 2>/dev/null || { echo "$(PYTHON) cannot build a virtual environment: its ensurepip" \
	  "is missing; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	"$(PYTHON)" -m venv --clear $(VENV)

# The stamps are empty files inside .venv, so they are deleted with it.
$(VENV)/.installed: setup.cfg pyproject.toml | $(RUN)
	@echo "Installing NumPy, numba, aiohttp and seven small packages into $(VENV), once: about 90 MB to download and 330 MB there."
	@$(RUN) -m pip --version >/dev/null 2>&1 || $(RUN) -m ensurepip
	$(PIP) -e .
	@touch $@

$(VENV)/.installed-test $(VENV)/.installed-lint $(VENV)/.installed-fuzz: $(VENV)/.installed-%: $(VENV)/.installed
	$(PIP) -e ".[$*]"
	@touch $@

# Numba compiles the kernels once and caches them on disk. The server does so while its pages already work. Tests and
# timings wait for it.
$(VENV)/.warm: $(VENV)/.installed $(wildcard nnet/fast/warm.py nnet/fast/kernels/*.py gan/write/warm.py gan/write/kernels/*.py)
	$(RUN) -m nnet.fast.warm
	$(RUN) -m gan.write.warm
	@touch $@
