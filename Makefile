# Everything that a fresh machine with Python 3.11–3.13 needs: make demo, make test.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3 python; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && { echo $$p; break; }; done)
VENV ?= .venv
BIN := $(VENV)/bin
# classeur itself: classeur-core, which is the root, with all that training needs and TensorFlow.
WHOLE := distributions/classeur
export CLASSEUR_SHARED ?= ../shared
# What is held to JAX and PyTorch too. JAX compiles for seconds: processes share what it has compiled.
BACKEND_TESTS := tests/models tests/training tests/workflows
export JAX_COMPILATION_CACHE_DIR := $(abspath $(VENV))/jax-cache
export JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS := 0
# Two processes share two cores. Whichever runs out of tests takes half of what the other has left; the threads of a
# BLAS in each would wait for one another; and each process would compile again what none has kept.
PYTEST_TWICE := OPENBLAS_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest --numprocesses 2 --dist worksteal

.PHONY: demo test test-slow test-floors quick browser lint mutants bench install clean

demo: $(VENV)/.installed
	$(BIN)/classeur demo --out demo

install: $(VENV)/.installed

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "error: no Python 3.11, 3.12 or 3.13 found; name one: make PYTHON=/path/to/python"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip

# An editable install: what is changed in src is what runs. Both projects at once: one needs the other (docs/install.md).
$(VENV)/.installed: $(VENV)/bin/python pyproject.toml $(WHOLE)/pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable . ./$(WHOLE)
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

$(VENV)/.installed-torch: $(VENV)/.installed-dev
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[torch]'
	@touch $@

lint: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Debian's Chromium and its driver, in which reports are looked at.
browser:
	@if ! command -v chromium >/dev/null || ! command -v chromedriver >/dev/null; then \
		{ [ "$$(id -u)" = 0 ] && apt-get update -qq && \
		apt-get install -y -qq --no-install-recommends chromium chromium-driver >/dev/null; } || \
		echo "no chromium and chromedriver: the tests of reports in a browser are skipped"; fi

test: lint browser
	$(PYTEST_TWICE)
	KERAS_BACKEND=jax $(PYTEST_TWICE) -m 'backends and not slow' $(BACKEND_TESTS)

# Minutes: the tutorial's trainings, many kills; PyTorch; then the quick tests on the other Pythons that are installed.
test-slow: $(VENV)/.installed-dev $(VENV)/.installed-torch
	$(BIN)/python -m pytest -m slow
	KERAS_BACKEND=torch $(BIN)/python -m pytest -m backends $(BACKEND_TESTS)
	$(MAKE) test-floors
	@for version in 3.12 3.13; do \
		other=$$(command -v python$$version || ls $$HOME/.pyenv/versions/$$version*/bin/python 2>/dev/null | head -n 1); \
		if [ -n "$$other" ] && $$other -c pass 2>/dev/null; then \
			echo "== Python $$version"; $(MAKE) VENV=.venv-$$version PYTHON=$$other quick || exit 1; \
		else echo "== Python $$version is not installed: skipped"; fi; done

# Each ordinary dependency at the floor that pyproject.toml states, with what tests need beside it.
test-floors:
	$(PYTHON) -m venv .venv-floors
	$(PYTHON) tests/floors/lowest.py > .venv-floors/floors.txt
	.venv-floors/bin/python -m pip install --quiet --constraint .venv-floors/floors.txt --editable . ./$(WHOLE)
	.venv-floors/bin/python -m pip install --quiet --constraint .venv-floors/floors.txt \
		hypothesis pyarrow pytest pytest-xdist scikit-learn 'pandas<3' statsmodels
	.venv-floors/bin/python -m pytest --numprocesses 2 -W ignore::DeprecationWarning --ignore tests/docs --ignore tests/migration

quick: $(VENV)/.installed-dev
	$(PYTEST_TWICE)

# Minutes: each kept mistake is planted in a copy of the tree, and the tests nearest to it must notice.
mutants: $(VENV)/.installed-dev
	$(BIN)/python tests/mutants/plant.py

# Each opens with its claim; an hour in all. PyTorch is a peer, not a dependency of any of ours.
bench: $(VENV)/.installed-dev $(VENV)/.installed-torch
	$(BIN)/python benchmarks/engine.py
	$(BIN)/python benchmarks/steps.py
	$(BIN)/python benchmarks/growth.py
	$(BIN)/python benchmarks/keras_image.py $(CLASSEUR_SHARED)/data/cats_and_dogs_filtered.zip
	$(BIN)/python benchmarks/mistakes.py
	$(BIN)/python benchmarks/tutorial.py

clean:
	rm -rf .venv .venv-* demo preview
