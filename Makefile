# Kaoshen: every command there is. `make` alone explains them.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON := .venv/bin/python
EMBEDDED := $(PYTHON) -m deploy.embedded

.PHONY: help run stop status clean kill setup setup-tests setup-tools check lint fast-tests test images \
	fuzz bench bench-report rehearse likeness-report

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-15s %s\n", $$1, $$2}' Makefile
	@echo
	@echo "  make run takes   STORY=yes|once|no  PORT=8080  PORTS_FROM=18100  UPLOADS_INSTANCES=1  WORKERS=1"
	@echo "                   POLICY=<file>  ROSTER=<file>  STAFF=<file>  CLOCK=2020-03-12T09:00:00+08:00"
	@echo "                   KAOSHEN_HOME=<folder>"
	@echo "  make rehearse    SCALE=<candidates>  RATE=<uploads a second at the peak>  SECONDS=<length>  WORKERS=1"
	@echo "  make test takes  TESTS='<marker expression>', as in TESTS='real or browser'"

run: setup ## set up, start everything, play the story, serve until Ctrl-C
	@exec $(EMBEDDED) run

stop: ## stop what make run has started
	@if [ -x $(PYTHON) ]; then $(EMBEDDED) stop; else echo "nothing was running"; fi

status: ## show the parts of the running system
	@$(EMBEDDED) status

kill: ## kill -9 one part, as in make kill PART=uploads
	@$(EMBEDDED) kill $(PART)

clean: ## stop, and remove all data of the embedded system
	@if [ -x $(PYTHON) ]; then $(EMBEDDED) clean; else rm -rf .run; fi
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

setup:
	@deploy/embedded/bootstrap.sh

setup-tests:
	@BROWSER=1 deploy/embedded/bootstrap.sh

setup-tools:
	@PAGES=0 deploy/embedded/bootstrap.sh

lint: setup-tools ## format, rules, types, import contracts
	$(PYTHON) -m ruff format --check
	$(PYTHON) -m ruff check
	$(PYTHON) -m mypy
	.venv/bin/lint-imports

fast-tests: setup-tools ## the tests that need no server
	$(PYTHON) -m pytest -q -m "not real and not browser"

check: lint fast-tests ## lint and fast-tests

test: setup-tests ## all tests: real servers and browser included
	$(PYTHON) -m pytest $(if $(TESTS),-m "$(TESTS)")

likeness-report: setup-tools ## measure how well pictures that are alike are told apart, into docs/likeness.md
	$(PYTHON) -m tests.bench.likeness

bench: setup-tools ## measure the figures of docs/performance.md (SHORT=1: three minutes)
	$(PYTHON) -m tests.bench run $(if $(SHORT),--short --docs .run/bench-docs)

bench-report: setup-tools ## render docs/performance.md from the last run
	$(PYTHON) -m tests.bench report

rehearse: setup ## replay the last evening before closing (SCALE=100 RATE=15 SECONDS=120)
	$(PYTHON) -m tests.rehearsal

fuzz: setup-tools ## broken pictures at the intake without end, as in make fuzz SECONDS=1800 SEED=1
	$(PYTHON) -m tests.fuzz.intake --seconds $(or $(SECONDS),300) --seed $(or $(SEED),1)

images: ## build the container images
	docker compose --env-file deploy/env/compose.env build
