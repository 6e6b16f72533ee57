# make demo     the main job on the bundled sample; without a screen it writes demo-output/
# make test     the tests (TESTS="tests/test_cube.py -k name" runs some of them; JOBS=1 one after another)
# make test-pyside   the tests of the window with PySide6 instead of PyQt6, in an environment of its own
# make lint     ruff, mypy and the check of words
# make screenshots, make train CUBES="a.hdr b.hdr" RUN=runs/mine
#
# Each sets up what it needs first, once: system libraries (Debian, Ubuntu), then the environment in .venv (.venv-pyside).

PYTHON ?= python3
TESTS ?= tests
JOBS ?= logical
RUN ?= runs/latest
VENV := .venv
BIN = $(VENV)/bin
XVFB := env QT_QPA_PLATFORM=xcb xvfb-run -a -s "-screen 0 1600x1000x24"
SCREEN := $(DISPLAY)$(WAYLAND_DISPLAY)$(filter-out Linux,$(shell uname))
# A process a core, each with a screen of its own (pytest-xvfb) and one thread; a file's tests stay in one process.
PYTEST = $(if $(filter Linux,$(shell uname)),QT_QPA_PLATFORM=xcb )OMP_NUM_THREADS=1 \
	$(BIN)/python -m pytest --numprocesses=$(JOBS) --maxprocesses=4 --dist=loadfile

WINDOW_TESTS := tests/_napari tests/cli/test_cli_window.py

.PHONY: demo test test-pyside lint screenshots train clean

demo: $(VENV)/installed
	$(BIN)/napari-hydra demo $(if $(SCREEN),,--headless demo-output --overwrite)

test: $(VENV)/installed
	$(PYTEST) --durations=10 $(TESTS)

test-pyside: VENV := .venv-pyside
test-pyside: .venv-pyside/installed
	QT_API=pyside6 $(PYTEST) $(or $(filter-out tests,$(TESTS)),$(WINDOW_TESTS))

lint: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/codespell
	$(BIN)/python tools/check_words.py
	$(BIN)/python tools/check_docstrings.py

screenshots: $(VENV)/installed
	$(XVFB) $(BIN)/python docs/make_screenshots.py

train: $(VENV)/installed
	$(BIN)/napari-hydra train $(CUBES) --out $(RUN)

.venv/installed: EXTRA := all
.venv-pyside/installed: EXTRA := pyside6
%/installed: pyproject.toml constraints.txt tools/install-system-packages.sh
	@PYTHON=$(PYTHON) tools/install-system-packages.sh
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" \
		|| { echo "napari-hydra needs Python 3.11 or newer: make $(MAKECMDGOALS) PYTHON=/path/to/it" >&2; exit 1; }
	@$*/bin/python -c "" 2>/dev/null || $(PYTHON) -m venv --clear $*
	$*/bin/python -m pip install --quiet --upgrade "pip>=25.1"
	@$*/bin/python -m pip uninstall --quiet --yes napari-hydra 2>/dev/null  # the name until version 0.1.0
	$*/bin/python -m pip install --quiet --constraint constraints.txt --group dev --editable ".[$(EXTRA)]"
	@touch $@

clean:
	rm -rf .venv .venv-pyside build dist demo-output .mypy_cache .pytest_cache .ruff_cache
