# Two commands: `make demo` and `make test`. Everything else serves them.

PYTHON ?= python3
PORT ?= 8000
VENV := .venv
PY := $(VENV)/bin/python
export PORT

.PHONY: demo test fuzz bench backup restore format schema verrous propre

# The recipe's last line becomes the supervisor itself, so that a signal to make reaches it.
demo: $(VENV)/.demo
	@exec $(PY) -m config.demo

test: $(VENV)/.test
	@exec $(PY) -m config.essais $(ARGS)

# The seed that it prints plays the same requests again: make fuzz ARGS="--randomly-seed=…"
fuzz: $(VENV)/.test
	@FUZZ_MINUTES=$${FUZZ_MINUTES:-10} exec $(PY) -m config.essais tests/fuzz -rP $(ARGS)

# Of the database that DATABASE_URL names, else of the demonstration's: see docs/exploitation.md.
backup: $(VENV)/.demo
	@exec $(PY) -m config.sauvegarde sauvegarder $(if $(DOSSIER),"$(DOSSIER)")

restore: $(VENV)/.demo
	@exec $(PY) -m config.sauvegarde restaurer $(if $(ECRASER),--ecraser) "$(FICHIER)"

bench: $(VENV)/.test
	@exec $(PY) -m bench $(ARGS)

format: $(VENV)/.test
	$(PY) -m ruff check --fix . ; $(PY) -m ruff format .

schema: $(VENV)/.test
	$(PY) -m config.essais --schema

# The locks hold hashes and no address.
verrous:
	@for f in production demo test npm; do \
	  uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --no-annotate --no-header requirements/$$f.in -o requirements/$$f.txt || exit 1; done

propre:
	rm -rf $(VENV) var

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Il faut Python 3.11 ou plus récent : make PYTHON=python3.11 demo"; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
	  || { rm -rf $(VENV); echo "Le module venv de Python manque (paquet python3-venv)."; exit 1; }

$(VENV)/.demo: requirements/demo.txt | $(VENV)/bin/python
	@echo "Installation des dépendances…"
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/demo.txt
	@touch $@

$(VENV)/.test: requirements/test.txt | $(VENV)/bin/python
	@echo "Installation des dépendances…"
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/test.txt
	@touch $@ $(VENV)/.demo
