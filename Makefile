# Each target is a thin line through ops/bootstrap.py, which makes .venv when it is not there.
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11 python; do command -v $$name && break; done)
RUN = @$(or $(PYTHON),$(error Python 3.11 or newer is needed: install it so that python3 is on PATH, then run make again)) ops/bootstrap.py -m
NAME ?=
ARGS ?=
STACK ?=
DIR ?=
OUT ?=
export CLUSTER OPERATORS IMAGE

.DEFAULT_GOAL := help
.PHONY: help up status logs down dev outputs test test-e2e bench-e2e bench-infra image lint format requirements reference picture preview render diagram clean

help: ## what there is
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

up: ## stand up the platform here and run a workflow on it; CLUSTER=node|kind|context|processes, OPERATORS=…
	$(RUN) ops.local up $(ARGS)

status: ## what runs, on which ports, and whether it is ready
	$(RUN) ops.local status $(ARGS)

logs: ## print logs; NAME=orchestration-engine for one process, ARGS=-f to follow
	$(RUN) ops.local logs $(NAME) $(ARGS)

down: ## stop everything; data is kept
	$(RUN) ops.local down $(ARGS)

dev: ## the app alone, reloading on change, without Kubernetes
	$(RUN) ops.local dev $(ARGS)

outputs: ## outputs of the local stack, as `pulumi stack output --json` gives them
	$(RUN) ops.local outputs $(ARGS)

test: ## lint, types and all tests; one line of totals
	$(RUN) ops.testing $(ARGS)

test-e2e: ## the platform as pods on a real node: kills, rollouts, drift, destroy; skipped with the reason elsewhere
	$(RUN) ops.e2e $(ARGS)

bench-infra: ## how fast a preview of prod and an update are, as one line of JSON
	$(RUN) tests.stack.bench $(ARGS)

bench-e2e: ## how fast the node, the platform, a failover and a rollout are, as one line of JSON
	$(RUN) tests.node.bench $(ARGS)

image: ## build the container images without Docker; NAME=platform for one, ARGS="--output FILE" to keep it
	$(RUN) ops.image build $(or $(NAME),all) $(ARGS)

preview: ## what `pulumi up` of a stack would do, with every policy; STACK=prod, ARGS=--json; needs no cluster
	$(RUN) ops.preview "$(STACK)" $(ARGS)

render: ## every object of a stack as YAML, secrets masked; STACK=prod DIR=build/prod, ARGS=--check or --json
	$(RUN) infra.rendering manifests "$(STACK)" "$(DIR)" $(ARGS)

diagram: ## pods and allowed edges of a stack as a Mermaid flowchart; STACK=prod, OUT=FILE
	$(RUN) infra.rendering diagram "$(STACK)" $(if $(OUT),--output "$(OUT)") $(ARGS)

lint: ## lint and types alone
	$(RUN) ops.testing --lint $(ARGS)

format: ## format the Python code
	$(RUN) ruff format .

requirements: ## pin the ranges of pyproject.toml; ARGS=--upgrade for newer versions
	$(RUN) ops.requirements $(ARGS)

reference: ## generate the reference of settings and outputs in docs/reference
	$(RUN) infra.reference docs/reference

picture: ## draw the README's picture again from stack prod
	@MCP_DRAW_PICTURE=1 $(subst @,,$(RUN)) pytest tests/infra/test_architecture.py

clean: ## stop everything and remove .venv, state and data of this clone
	$(RUN) ops.local down --purge
	@rm -rf .venv .local build *.egg-info .pytest_cache .ruff_cache .hypothesis
