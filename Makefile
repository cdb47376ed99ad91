# Everything happens in .venv, which the first command makes:
#   make demo     forecast the airline passengers, the main job of frontal
#   make test     run all tests; those of the page need Chromium (apt-get install chromium), or CHROMIUM=/path/to/it
#   make lint     check style and types
#   make format   put the code into the house style
# PYTHON=/path/to/python chooses the interpreter (3.11 or newer).

SHELL := /bin/sh
BIN := .venv/bin
CORE := .venv/installed-core
DEV := .venv/installed-dev
INSTALL := $(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1

.PHONY: demo test lint format
.DELETE_ON_ERROR:

demo: $(CORE)
	@echo "Forecasting the airline passengers: frontal forecast airline"
	@$(BIN)/frontal forecast airline

test: $(DEV)
	@echo "Running the tests: pytest, on every core"
	@[ -n "$$CHROMIUM" ] || { command -v chromium || command -v chromium-browser || command -v google-chrome; } >/dev/null || \
		echo "There is no Chromium: the tests of the page are skipped. On Debian and Ubuntu: apt-get install chromium"
	@$(BIN)/python -m pytest -n auto

lint: $(DEV)
	@echo "Checking style and types: ruff, pyright"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/pyright

format: $(DEV)
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

$(CORE): pyproject.toml constraints.txt | $(BIN)/pip
	@echo "Installing frontal into .venv (the first time this fetches torch and takes minutes)"
	@$(INSTALL) -e .
	@touch $@

$(DEV): pyproject.toml constraints.txt | $(BIN)/pip
	@echo "Installing frontal and its development tools into .venv (the first time this fetches torch and takes minutes)"
	@$(INSTALL) -e '.[dev]'
	@touch $(CORE) $@

$(BIN)/pip:
	@for python in $(PYTHON) python3 python3.13 python3.12 python3.11 python; do \
		"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
		echo "Making .venv with $$("$$python" --version)"; \
		"$$python" -m venv .venv && exit 0; \
		rm -rf .venv; \
		echo "Python could not make a virtual environment; on Debian and Ubuntu: apt install python3-venv" >&2; \
		exit 1; \
	done; \
	echo "frontal needs Python 3.11 or newer, and none was found; install one, or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python" >&2; \
	exit 1
