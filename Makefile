# make demo     install, then show the program on the bundled clip
# make test     install what the tests need, then check and run everything
# make test-gpu on a machine with a CUDA GPU: measure it there and write docs/gpu-report.md; CLIPS=DIR adds clips
# make translations  collect the window's texts into assets/translations/*.ts and compile them
# make install  the part they share: .venv with the program in it
# Needs Python 3.11 or newer with its venv module. PYTHON=... picks one.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DELETE_ON_ERROR:
.PHONY: demo test test-gpu install lint translations train-smoke clean

PYTHON ?=
VENV := .venv
PIP := $(VENV)/bin/python -m pip --disable-pip-version-check -q
BIN := $(VENV)/bin
DEMO := demo-output

# what Qt needs beside its own wheel on Debian and Ubuntu
QT_PACKAGES := libegl1 libgl1 libglib2.0-0 libdbus-1-3 libfontconfig1 libxkbcommon-x11-0 libx11-xcb1 libxcb-cursor0 \
	libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 libxcb-shape0 libxcb-xkb1

install: $(VENV)/.run

$(VENV)/.python: .ci/find-python .ci/apt-install
	@python=$$(bash .ci/find-python $(PYTHON))
	# one without pip was left half-made
	$(BIN)/python -m pip --version >/dev/null 2>&1 || {
	  echo "Making $(VENV) with $$python"
	  "$$python" -m venv --clear $(VENV)
	}
	touch $@

$(VENV)/.run: $(VENV)/.python pyproject.toml constraints.txt
	@echo "Installing attntrack into $(VENV)"
	$(PIP) install -c constraints.txt -e .
	bash .ci/check-qt $(BIN)/python $(QT_PACKAGES)
	touch $@

$(VENV)/.test: $(VENV)/.run
	@echo "Installing what the tests need (torch among it: this takes a while the first time)"
	$(PIP) install -c constraints.txt -e '.[dev]'
	touch $@

demo: $(VENV)/.run
	@if [ -n "$${DISPLAY:-}$${WAYLAND_DISPLAY:-}" ] || [ "$$(uname)" = Darwin ]; then
	  exec $(BIN)/attntrack-gui --demo
	fi
	echo "There is no display, so the demo clip is tracked on the command line instead of in the window."
	mkdir -p $(DEMO)
	$(BIN)/attntrack track assets/demo.mp4 --box "$$(head -n 1 assets/demo.txt)" --csv $(DEMO)/demo.csv \
	  --video-out $(DEMO)/demo.mp4 --overlay box,attention,trail
	echo "Look at $(DEMO)/demo.mp4 (the clip with the track drawn on it) and $(DEMO)/demo.csv (the track)."

lint: $(VENV)/.test
	@$(BIN)/ruff check .
	$(BIN)/ruff format --check -q .
	$(BIN)/mypy engine
	$(BIN)/lint-imports

# pytest comes last, so that its closing line is the last line
test: lint
	@export QT_QPA_PLATFORM=offscreen
	$(BIN)/python -m pytest -q --cov --cov-report=term:skip-covered --cov-fail-under=85

translations: $(VENV)/.run
	@for file in assets/translations/*.ts; do
	  $(BIN)/pyside6-lupdate -extensions py app -no-obsolete -locations none -tr-function-alias QT_TRANSLATE_NOOP=_T \
	    -ts "$$file"
	  $(BIN)/pyside6-lrelease "$$file"
	done

test-gpu: $(VENV)/.test
	@$(BIN)/python -m pytest -q -p no:cacheprovider tests/gpu --gpu-report docs/gpu-report.md $(if $(CLIPS),--gpu-clips "$(CLIPS)")

train-smoke: $(VENV)/.test
	@$(BIN)/python -m pytest -q -p no:cacheprovider tests/training -m smoke

clean:
	@rm -rf $(VENV) $(DEMO) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .coverage
