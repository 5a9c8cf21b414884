# One word runs everything, and CI runs the same word.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test slow check train acts talks serve worker bench bench-big instructions figures robustness surges bench-reports bench-learning fuzz faults soak audit sbom screenshots telegram-demo lock clean
.DEFAULT_GOAL := run
# What is read many times over is compiled once.
unexport PYTHONDONTWRITEBYTECODE

# The lock is installed as it stands (hashes checked); the stamp spares the second call.
$(VENV)/.installed: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11–3.13 is needed, this is " + sys.version.split()[0]) if not (3, 11) <= sys.version_info[:2] < (3, 14) else None'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	touch $@

run: $(VENV)/.installed
	$(BIN)/xiaobao up

SUITE := -q -n 3 --dist loadfile --ignore=tests/browser --ignore=tests/faults
test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest tests $(SUITE) -m "not slow"

# What takes seconds each: whole corpora, damaged models, a first start.
slow: $(VENV)/.installed-dev
	$(BIN)/python -m pytest tests $(SUITE) -m slow

check: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(MAKE) test
	$(MAKE) slow

train: $(VENV)/.installed
	$(BIN)/xiaobao train

# What a message does in a talk, what follows an answer and which line tells it, learnt from nlp/corpus/talks/ and lines/ (eight minutes;
# after `make train`).
acts: $(VENV)/.installed
	$(BIN)/python -m nlp.acts_fit
	$(BIN)/python -m nlp.finder_after_fit
	$(BIN)/python -m nlp.finder_lines_fit

# The whole talk over dialogues of people who taught nothing; `--misses` of the module prints what went wrong.
talks: $(VENV)/.installed-dev
	$(BIN)/python -m tests.bench.talks

serve: $(VENV)/.installed
	$(BIN)/xiaobao serve

worker: $(VENV)/.installed
	$(BIN)/xiaobao worker

# Every figure of speed in one table (ten minutes; the parts: start path reading search outbox processes), kept in docs/performance.md.
# XIAOBAO_TEST_POSTGRES_URL names a server for the part with two processes.
bench: $(VENV)/.installed-dev
	$(BIN)/python -m tests.bench $(PARTS)

# Instructions a message costs, under valgrind (three minutes); fails where they have risen by a twentieth.
instructions: $(VENV)/.installed-dev
	$(BIN)/python -m tests.bench.instructions

# What a message costs beside a million tickets and five million messages (half an hour, 6 GB; BIG names an empty database).
bench-big: $(VENV)/.installed-dev
	$(BIN)/python -m tests.bench.big_store $(or $(BIG),sqlite:///var/big.sqlite3)

# Scores of the commands on the labelled texts (EVAL names their folder) and on our own lists, written to nlp/model/figures.md.
figures: $(VENV)/.installed
	$(BIN)/python -m tests.bench.figures

robustness: $(VENV)/.installed-dev
	$(BIN)/python -m nlp.robustness

# Planted surges found by the early warning, and its false alarms, over synthetic years that were not used for tuning.
surges: $(VENV)/.installed-dev
	$(BIN)/python -m tests.bench.surges

# Reports and the dashboard with a million tickets on SQLite and, where BENCH_POSTGRES names an empty database, on PostgreSQL.
bench-reports: $(VENV)/.installed-dev
	$(BIN)/python -m tests.bench.reports_speed sqlite:///var/million.sqlite3 $(BENCH_POSTGRES)

# Simulated corrections on the whole corpus: a new product is learnt, poison is refused.
bench-learning: $(VENV)/.installed-dev
	$(BIN)/python -m tests.bench.learning

# N made-up updates and requests against the whole application in one process; writes docs/fuzz.md. SEED repeats a run.
N ?= 100000
fuzz: $(VENV)/.installed-dev
	$(BIN)/python -m tests.fuzz --count $(N) $(if $(SEED),--seed $(SEED))

# Every fault we know, under load, judged message by message; writes docs/faults.md. `make soak` repeats it, writes docs/soak.md.
KILLS ?= 40
RESTARTS ?= 6
SOAK_MINUTES ?= 60
faults: $(VENV)/.installed-dev
	$(BIN)/python -m tests.faults --kills $(KILLS) --restarts $(RESTARTS)

soak: $(VENV)/.installed-dev
	$(BIN)/python -m tests.faults --kills $(KILLS) --restarts $(RESTARTS) --minutes $(SOAK_MINUTES)

# Known weaknesses of the locked packages. Needs a registry that answers with its advisories; where one does not, it says so and fails.
audit: $(VENV)/.installed-dev
	$(BIN)/pip-audit --strict --require-hashes --disable-pip -r requirements.lock

# What the program is made of, with hashes, as CycloneDX.
sbom: $(VENV)/.installed-dev
	mkdir -p var
	$(BIN)/cyclonedx-py requirements requirements.lock --pyproject pyproject.toml --of JSON --output-reproducible -o var/sbom.cdx.json 2>/dev/null
	$(BIN)/python -c 'import json; found = json.load(open("var/sbom.cdx.json"))["components"]; assert len(found) > 40; print(len(found), "components in var/sbom.cdx.json")'

# The pictures of docs/: an invented year, the real models, Chromium (XIAOBAO_CHROMIUM names it) and a Chinese font.
screenshots: $(VENV)/.installed-dev
	$(BIN)/python -m tests.screenshots

# A scripted customer against the running bot, through the fake Bot API of tests/fake_telegram.py.
telegram-demo: $(VENV)/.installed-dev
	$(BIN)/python -m tests.demo_customer

# Needs uv on the PATH: writes one lock for Python 3.11–3.13 with hashes and no registry host.
lock:
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header pyproject.toml -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header pyproject.toml --group dev -o requirements-dev.lock

clean:
	rm -rf var .pytest_cache .ruff_cache
