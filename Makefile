# One command builds everything it needs; `make help` lists them.
PYTHON ?= python3
OLIST ?= $(wildcard ../shared/olist)
BIN := .venv/bin
.DEFAULT_GOAL := help

.PHONY: help setup run test live chaos chaos-small check docs audit format bench-rules bench-engine dist lock

help:  ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

# The stamp is newer than the lock once everything in it is installed.
.venv/installed: requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing the pinned packages (about a minute, once)"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-build-isolation --no-deps --no-index -e .
	@touch $@

setup: .venv/installed  ## build .venv from requirements.lock

run: setup  ## start everything, play twelve sample orders, stay up
	@exec $(BIN)/purna run

# These mostly wait for what they have started or killed, so they run beside all others.
WAITING := tests/e2e tests/workflows tests/bench tests/editors tests/store/postgres/migrations
test: setup  ## every test, on real Temporal, PostgreSQL and SMTP
	@mkdir -p .pytest_cache
	@$(BIN)/python -m pytest -p no:cacheprovider $(WAITING) > .pytest_cache/waiting.log 2>&1 & beside=$$!; \
	$(BIN)/python -m pytest $(WAITING:%=--ignore=%); others=$$?; \
	echo "those that wait ($(WAITING)):"; wait $$beside; whole=$$?; cat .pytest_cache/waiting.log; exit $$((others + whole))

live: setup  ## every story beside the shipped rules, also on real Temporal, PostgreSQL and SMTP (minutes)
	@$(BIN)/purna test --live rules

chaos: setup  ## break a running installation in every way; CHAOS_ORDERS CHAOS_SEED CHAOS_FAULTS=F1,F4
	@$(BIN)/python -m bench.chaos

chaos-small: setup  ## one case of each kind of failure
	@CHAOS_FAULTS=small $(BIN)/python -m bench.chaos

check: setup  ## format, lint, types, import contracts, dead code
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/vulture

bench-rules: setup  ## what rules cost, beside other engines; OLIST=folder of the Olist tables
	@$(BIN)/python -m bench.rules $(OLIST)

docs: setup  ## write the pages that are made from the code
	@$(BIN)/python -m tests.house.floors
	@$(BIN)/python -m tests.house.ledger_page
	@$(BIN)/python -m tests.house.recipes
	@$(BIN)/python -m tests.house.reference

audit: setup  ## known vulnerabilities of the pinned packages, where their database can be reached
	@.ci/audit

format: setup  ## mend what can be mended
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench-engine: setup  ## the whole engine under load, beside a bare Temporal workflow (minutes)
	@$(BIN)/python -m bench.engine --out bench/results/engine.json

dist: setup  ## the wheel, in dist/: `pip install 'dist/purna-….whl[local]'`
	@rm -rf dist
	@$(BIN)/python -m hatchling build -t wheel -d dist

PIN = uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --no-header --no-annotate --quiet
lock: setup  ## pin again what pyproject.toml asks for, also for the image (needs uv)
	@$(PIN) --extra dev pyproject.toml -o requirements.lock
	@$(PIN) -c requirements.lock --extra tracing pyproject.toml -o deploy/requirements.lock
	@grep -o 'hatchling==[0-9.]*' pyproject.toml | head -1 | $(PIN) -c requirements.lock - -o deploy/build.lock
