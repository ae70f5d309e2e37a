# Two commands set everything up: `make report` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: report reports test test-tex test-browser test-coq test-oldest test-oracles certificates lint types check-reports docs test-docs fuzz mutants bench profiles bench-check clean

report reports: $(VENV)/.core
	$(BIN)/symcost derive lecture --format latex,markdown,html -o reports/lecture
	$(BIN)/symcost derive gpt2 --set B=1 --set s=1024 --format latex,markdown,html -o reports/gpt2
	$(BIN)/symcost derive lecture --language de --format latex,markdown,html -o reports/vorlesung
	$(BIN)/symcost list literature --format markdown -o reports/literature.md
	$(BIN)/symcost check docs/homework/homework.py --model lecture --format markdown -o reports/homework/script.md || test $$? = 1
	$(BIN)/symcost check docs/homework/homework.py --model lecture --format html -o reports/homework/script.html || test $$? = 1
	$(BIN)/symcost check docs/homework/homework.py --model lecture --format latex -o reports/homework/script.tex || test $$? = 1
	$(BIN)/symcost check docs/homework/homework.ipynb --model lecture --format markdown -o reports/homework/notebook.md || test $$? = 1

test: $(VENV)/.test
	$(BIN)/python -m pytest -n auto

# The generated LaTeX, compiled; needs pdflatex and pdftotext, and fails without them.
test-tex: $(VENV)/.test
	$(BIN)/python -m pytest -n auto -m tex tests

# Every step of the derivations, proved by Coq; needs coqc.
test-coq: $(VENV)/.test
	$(BIN)/python -m pytest -n auto -m coq tests

# The oldest SymPy and Jinja that pyproject.toml allows beside the newest: the same closed forms,
# the same bytes; and the algebra's own tests there.
test-oldest: $(VENV)/.oldest $(VENV)/.test
	$(VENV)/oldest/bin/python -m pytest -n auto tests/test_properties.py
	OLDEST=$(VENV)/oldest/bin/python $(BIN)/python -m pytest -n auto -m oldest tests/test_oldest.py

# The live page in a browser; needs /usr/bin/chromium, and fails without it.
test-browser: $(VENV)/.browser
	$(BIN)/python -m pytest -n auto -m browser tests

# torch and the models it runs, compared afresh; nothing recorded is trusted.
test-oracles: $(VENV)/.oracles
	$(BIN)/python -m pytest -n auto -m oracle tests

# Every derivation as a certificate, checked by one file of plain Python that knows nothing of
# symcost; and by Coq, of some, where coqc is installed. make certificates CERTIFIED="gpt2 swin-tiny"
CERTIFIED ?= $(sort lecture $(patsubst symcost/presets/%.json,%,$(wildcard symcost/presets/*.json)))
PROVED ?= lecture gpt2 llama-3-8b mixtral-8x7b deepseek-v3 gemma-3-4b swin-tiny
certificates: $(VENV)/.core
	rm -rf build/certificates
	for each in $(CERTIFIED); do \
	  $(BIN)/symcost derive $$each --format certificate,coq -o build/certificates/$$each >/dev/null || exit 1; done
	$(BIN)/python -I symcost/certificates/checker.py build/certificates/*/derivation.cert.json
	@if command -v coqc >/dev/null; then \
	  for each in $(filter $(PROVED),$(CERTIFIED)); do \
	    echo "coqc: $$each: $$(grep -c Qed build/certificates/$$each/derivation.v) goals" && \
	    (cd build/certificates/$$each && coqc -q derivation.v) || exit 1; done; \
	else echo "coqc is not installed: the goals are in build/certificates/*/derivation.v"; fi

lint: $(VENV)/.lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.lint
	$(BIN)/mypy

# The reports in the repository are what the command writes, byte for byte.
check-reports: report
	git diff --exit-code -- reports
	test -z "$$(git status --porcelain -- reports)"

# The documentation site, in build/docs; a warning is an error.
docs: $(VENV)/.docs
	$(BIN)/python -m sphinx -W --keep-going -n -q -b html docs build/docs

# The site as the tests build it: every link, anchor and formula, nothing from the network. And pages
# in other programs: needs pandoc; Jupyter Book, which wants an older Sphinx, lives by itself.
test-docs: $(VENV)/.docs $(VENV)/.test $(VENV)/.book
	JUPYTER_BOOK=$(VENV)/book/bin/jupyter-book $(BIN)/python -m pytest -n auto -m site tests

# Strange input for every reader, guided by coverage, as many as fit into some seconds of each. All
# of them for one reader: make fuzz RUNS=1000000 SECONDS=inf TARGETS=formula
RUNS ?= 20000
SECONDS ?= 10
ALL_TARGETS = $(shell $(BIN)/python -c 'from fuzz.targets import TARGETS; print(*TARGETS)')
TARGETS ?= $(ALL_TARGETS)
fuzz: $(VENV)/.test
	$(BIN)/python -m pip install --quiet -e '.[fuzz]'
	for each in $(TARGETS); do $(BIN)/python -m fuzz.run $$each --runs $(RUNS) --seconds $(SECONDS) || exit 1; done

# Small changes of the code, each of which a test has to notice: make mutants SAMPLE=300 SEED=1
# PACKAGE=algebra. Goes on where it was stopped; mutation/README.md says how.
SAMPLE ?= 50
SEED ?= 1
PACKAGE ?= algebra model quantities checking
JOBS ?= 2
mutants: $(VENV)/.test
	$(BIN)/python -m pip install --quiet -e '.[mutation]'
	$(BIN)/python -m mutation.tests --jobs $(JOBS)
	$(BIN)/python -m mutation.run $(PACKAGE) --sample $(SAMPLE) --seed $(SEED) --jobs $(JOBS)

# Every ratio beside its bar, in some minutes: make bench ONLY=growth for one of them
bench: $(VENV)/.oracles
	$(BIN)/python benchmarks/run.py $(addprefix --only ,$(ONLY))

# Where the time of the main paths goes, and what commands and checks cost: benchmarks/profiles.md
profiles: $(VENV)/.core
	@$(BIN)/python benchmarks/paths.py

# How often the checker is right: make bench-check CASES=path/to/cases.jsonl
CASES ?= tests/data/wild.jsonl
bench-check: $(VENV)/.core
	@$(BIN)/python benchmarks/check.py $(CASES)

$(VENV)/.core: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("symcost needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -e .
	touch $@

$(VENV)/.test: $(VENV)/.core
	$(BIN)/python -m pip install --quiet -e '.[test]'
	touch $@

$(VENV)/.browser: $(VENV)/.test
	$(BIN)/python -m pip install --quiet -e '.[test,browser]'
	touch $@

$(VENV)/.lint: $(VENV)/.core
	$(BIN)/python -m pip install --quiet -e '.[lint]'
	touch $@

$(VENV)/.book: $(VENV)/.core
	$(PYTHON) -m venv $(VENV)/book
	$(VENV)/book/bin/python -m pip install --quiet 'jupyter-book<2'
	touch $@

OLDEST = import tomllib; f = open("pyproject.toml", "rb"); \
  print(*(each.replace(">=", "==") for each in tomllib.load(f)["project"]["dependencies"]))
$(VENV)/.oldest: $(VENV)/.core
	$(PYTHON) -m venv $(VENV)/oldest
	$(VENV)/oldest/bin/python -m pip install --quiet $$($(BIN)/python -c '$(OLDEST)') pytest pytest-xdist hypothesis
	touch $@

$(VENV)/.docs: $(VENV)/.core
	$(BIN)/python -m pip install --quiet -e '.[docs]'
	touch $@

$(VENV)/.oracles: $(VENV)/.test
	$(BIN)/python -m pip install --quiet -e '.[test,oracles]'
	touch $@

clean:
	rm -rf $(VENV) build dist docs/generated .pytest_cache .mypy_cache .ruff_cache .hypothesis
