# Everything from a fresh clone: `make demo`, `make test`, `make questions`, `make ui`. Needs git, make and a Python.
# The newest of these that is here, on the PATH or in pyenv's folder; each is asked, since a shim may lead nowhere.
PYTHONS := 3.13 3.12 3.11
PYTHON ?= $(shell for version in $(PYTHONS); do \
    for found in python$$version $${PYENV_ROOT:-$$HOME/.pyenv}/versions/$$version.*/bin/python$$version; do \
        if $$found -c "" 2>/dev/null; then echo $$found; exit; fi; done; done; echo python3)
PORT ?= 5000
BIN := .venv/bin

.PHONY: demo test test-processes test-stacks extras test-scale test-servers test-clusters questions explain hunt ui server runtimes lock which-python
demo: .venv/.ready
	$(BIN)/python -m src.run scenario=tied_ae
	$(BIN)/python -m src.run -m scenario=tied_ae variant=tied_call,frozen_copy seed.value=0,1,2

test: .venv/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	PYTHONPATH=src $(BIN)/lint-imports --no-logo
	$(BIN)/python -m pytest -n 3 --dist worksteal -m "not stacks and not processes and not scale"

test-processes: .venv/.ready
	$(BIN)/python -m pytest -n 3 --dist worksteal -m "processes and not stacks"

test-stacks: .venv/.ready
	$(BIN)/python -m pytest -n 3 --dist worksteal -m stacks

.venv/.extra-%: extras/%.lock .venv/.ready
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r $<
	touch $@

# Needs Debian's slurm-wlm, munge and chromium besides.
SCALE := $(patsubst %,.venv/.extra-%,ray slurm server browser notebook)
extras: $(SCALE)

test-scale: $(SCALE)
	$(MAKE) --no-print-directory --output-sync --jobs 2 test-servers test-clusters

test-servers: $(SCALE)
	$(BIN)/python -m pytest -m scale tests/scale/test_server.py tests/scale/test_browser.py tests/scale/test_notebook.py

test-clusters: $(SCALE)
	$(BIN)/python -m pytest -m scale tests/scale/test_ray.py tests/scale/test_slurm.py

ui: .venv/.ready
	@echo "MLflow UI: http://127.0.0.1:$(PORT)/#/experiments?workflowType=machine_learning  (Ctrl-C ends it; where it shows"
	@echo "pages of traces and prompts, choose Model training at the top left)"
	@MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false $(BIN)/mlflow server --host 127.0.0.1 --port $(PORT) --workers 1 --backend-store-uri sqlite:///mlflow.db

# For a team, with users: docs/server.md. SEEDLUCK_DATABASE names a PostgreSQL; without it, it brings its own.
server: .venv/.extra-server
	@$(BIN)/python -m src.server port=$(PORT)

questions: .venv/.ready
	@failed=0; for question in tied_ae gpd embedding ewma_rnn input_shape; do \
	    $(BIN)/python -m src.run experiment=$$question || failed=1; done; \
	$(BIN)/python -m src.verdict; exit $$failed

explain: .venv/.ready
	@failed=0; for question in tied_ae gpd embedding ewma_rnn input_shape accumulation averaging adadelta; do \
	    $(BIN)/python -m src.explain experiment=$$question || failed=1; done; \
	for question in tied_ae embedding ewma_rnn; do \
	    $(BIN)/python -m src.explain experiment=$$question over=runtime || failed=1; done; \
	$(BIN)/python -m src.explain experiment=adadelta runtime=tf1_15 over=tensorflow=1.13.2..1.15.5 || failed=1; \
	for question in accumulation averaging; do \
	    $(BIN)/python -m src.explain experiment=$$question over=keras || failed=1; done; \
	$(BIN)/python -m src.verdict; exit $$failed

hunt: .venv/.ready
	$(BIN)/python -m src.hunt over=keras

runtimes: .venv/.ready
	$(BIN)/python -m src.runtimes install
	$(BIN)/python -m src.runtimes

# The mark is made last, so an installation that was cut off is begun again. uv, itself from the lock, installs
# seven times as fast as pip; where it cannot reach the registry the way pip is told to, pip does it. Compiled at once, as
# pip does: where Python may write no bytecode, every command would compile MLflow anew, for five seconds. What is there
# is installed anew, since it may be damaged.
.venv/.ready: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit("%d.%d" % sys.version_info[:2] not in "$(PYTHONS)".split() and "One of Python $(PYTHONS) is needed; found " + sys.version.split()[0] + "; say which with PYTHON=path")'
	$(PYTHON) -m venv .venv
	awk '/^[a-z]/ {inside = /^uv==/} inside' requirements.lock > .venv/uv.lock
	$(BIN)/python -m pip install --quiet --require-hashes -r .venv/uv.lock
	$(BIN)/uv pip sync --quiet --reinstall --compile-bytecode --python $(BIN)/python --require-hashes requirements.lock \
	    || $(BIN)/python -m pip install --quiet --force-reinstall --require-hashes -r requirements.lock
	touch $@

# Which interpreter the set-up would take.
which-python:
	@echo $(PYTHON)

COMPILE := $(BIN)/uv pip compile --generate-hashes --no-emit-index-url --no-annotate --no-header --quiet
lock: .venv/.ready
	$(COMPILE) pyproject.toml --extra dev --universal --python-version 3.11 --output-file requirements.lock
	for extra in ray slurm server browser notebook; do \
	    $(BIN)/python -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['optional-dependencies']['$$extra'], sep='\n')" \
	    | $(COMPILE) - --universal --python-version 3.11 --constraint requirements.lock --output-file extras/$$extra.lock; done
	for name in tf1_13:3.7 tf1_15:3.7 tf2_0:3.7 tf2_4:3.8 tf2_15:3.11 keras_jax:3.11 keras_torch:3.11 \
	    keras3_0_1:3.11 keras3_0_2:3.11 keras3_4_1:3.11 keras3_5_0:3.11; do \
	    $(COMPILE) runtimes/$${name%:*}.in --python-version $${name#*:} --output-file runtimes/$${name%:*}.lock; done
