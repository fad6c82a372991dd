# The press. Every target sets up what it needs by itself (tools/setup.sh), once. ARGS goes to the command: make test ARGS='-k notes'
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: all pdf epub web check prove release test test-readers lint format lock clean distclean help press dev

ARGS    ?=
python  := PATH="$(CURDIR)/.venv/bin:$$PATH" .venv/bin/python
caches  := .mypy_cache .ruff_cache .pytest_cache .hypothesis
compile := .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --only-binary :all: --custom-compile-command 'make lock'

all: pdf epub             ## the book, as PDF and EPUB; prints the paths made
pdf: press;               @$(python) build.py pdf $(ARGS)                ## the print-ready PDF
epub: press;              @$(python) build.py epub $(ARGS)               ## the EPUB
web: press;               @$(python) build.py web $(ARGS)                ## the site, in dist/site/: to read online, and to download from
check: press;             @$(python) build.py check $(ARGS)              ## proofread the manuscript; makes nothing
prove: press;             @$(python) build.py prove $(ARGS)              ## prove that the PDF and the EPUB in dist/ say what the manuscript says
release: press;           @$(python) build.py release $(ARGS)             ## all that a release hands out, in dist/release/, from a clean commit (ARGS=VERSION: no other)
test: dev;                @$(python) -m pytest --numprocesses auto --dist loadscope $(ARGS)  ## run the tests
test-readers: dev;        @chromium=$$(sh tools/readers.sh) && CHROMIUM="$$chromium" $(python) -m pytest tests/readers $(ARGS)  ## read the EPUBs as readers do: Ace, Chromium
lint: dev;                @$(python) -m ruff check . && $(python) -m ruff format --check . && $(python) -m mypy && .venv/bin/actionlint && .venv/bin/zizmor --offline --quiet .github  ## ruff, its formatter, mypy, and the checks of the workflows, changing nothing
format: dev;              @$(python) -m ruff format . && $(python) -m ruff check --fix .  ## let ruff format and mend the code
lock: dev;                @$(compile) $(ARGS) -o requirements/press.lock pyproject.toml && $(compile) $(ARGS) -o requirements/dev.lock -c requirements/press.lock --group dev pyproject.toml && $(compile) $(ARGS) -o requirements/readers.lock --group readers  ## write requirements/*.lock after pyproject.toml (ARGS=--upgrade: newest releases)
clean:;                   @rm -rf dist $(caches); find . -path ./.venv -prune -o -name __pycache__ -type d -exec rm -rf {} +  ## take away what was made, and the caches
distclean: clean;         @rm -rf .venv tests/readers/node_modules       ## and the set-up: as freshly cloned
press:;                   @sh tools/setup.sh press                       ## set up for building (the others do it by themselves)
dev:;                     @sh tools/setup.sh dev                         ## set up for building and testing
help:;                    @awk -F ' *## ' '/^[a-z-]+:.*## / { split($$1, t, ":"); printf "  make %-12s %s\n", t[1], $$NF }' $(MAKEFILE_LIST)  ## this list
