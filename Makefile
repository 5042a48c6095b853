# The project's own tasks (demo, test, …) and, for those who prefer make to run-all, the nine stages as targets.
# A stage decides itself whether it is up to date, so every target is phony.

CHURN ?= bin/churn
WORKSPACE ?= .
DATE ?= today
# Asked once: today stays what it was when make began, past midnight too.
export CHURN_NOW := $(shell date +%s)
DEMO := .demo
SOURCES := $(shell find src bin -type f) docs/schemas/churn.schema.json package.json package-lock.json build.mjs tsconfig.json

STAGES := extract validate transform features train evaluate compare register notify

# What is half made is made anew.
.DELETE_ON_ERROR:

.PHONY: demo native smoke test integration soak bench mutants check clean pipeline $(STAGES)

pipeline: notify
notify: register
register: compare
compare: evaluate
evaluate: train
train: features
features: transform
transform: validate
validate: extract

$(STAGES): dist/cli.cjs
	$(CHURN) -C $(WORKSPACE) $@ --date $(DATE)

# libxgboost into the workspace, to train with: says what it does, and asks.
native: dist/cli.cjs
	$(CHURN) -C $(WORKSPACE) setup native

# Two nights on real customers: the first model is promoted, the second night's is judged against it.
demo: dist/cli.cjs
	@rm -rf $(DEMO)
	@echo '$$ churn init --sample' && $(CHURN) -C $(DEMO) init --sample
	@echo && echo '$$ churn run-all --date yesterday' && $(CHURN) -C $(DEMO) run-all --date yesterday
	@echo && echo '$$ churn promote --version 1 --yes' && $(CHURN) -C $(DEMO) promote --version 1 --yes
	@echo && echo '$$ churn run-all' && $(CHURN) -C $(DEMO) run-all
	@echo && echo '$$ churn models' && $(CHURN) -C $(DEMO) models
	@echo
	@echo 'Look into $(DEMO): churn.yaml, records/ (what every stage did and why), models/, mlruns/ (in MLflow'"'"'s'
	@echo 'layout), logs/ and notifications/. A third night: $(CHURN) -C $(DEMO) run-all --again'
	@echo 'Until it is installed (README), what is called churn above is $(CHURN), followed by -C $(DEMO) where that is not'
	@echo 'there already: $(CHURN) -C $(DEMO) promote --version 2'

# Every command of the built program once, in seconds.
smoke: dist/cli.cjs
	test/smoke.sh

test: dist/cli.cjs
	npx --no-install vitest run --project 'unit*' --project 'program*'

integration: dist/cli.cjs
	test/integration/support/install-servers.sh
	@test/integration/support/install-s3.sh >/dev/null
	test/integration/support/install-schedulers.sh
	npx --no-install vitest run --project 'integration*'

soak: dist/cli.cjs
	CHURN_TEST_SWEEP=all npx --no-install vitest run --project program --reporter=verbose test/program/damage.test.ts test/program/other-tables/nasty-table.test.ts test/program/released.test.ts
	CHURN_TEST_KILLS=200 npx --no-install vitest run --project program --reporter=verbose test/program/kills.test.ts
	CHURN_TEST_SWEEP=all CHURN_TEST_HOSTILE=1000 npx --no-install vitest run --project program --reporter=verbose test/program/hostile.test.ts
	CHURN_TEST_FAULTS=100 npx --no-install vitest run --project 'integration*' --reporter=verbose test/integration/mlflow-faults.test.ts
	test/integration/support/install-servers.sh
	CHURN_TEST_SOURCE_KILLS=100 npx --no-install vitest run --project 'integration*' --reporter=verbose test/integration/postgres-kills.test.ts
	test/integration/support/install-s3.sh minio
	CHURN_TEST_S3=minio npx --no-install vitest run --project 'integration*' --reporter=verbose test/integration/s3-client.test.ts test/integration/s3-contract.test.ts
	CHURN_TEST_S3_KILLS=100 npx --no-install vitest run --project 'integration*' --reporter=verbose test/integration/s3-kills.test.ts
	CHURN_TEST_SWEEP=all npx --no-install vitest run --project 'integration*' --reporter=verbose $(addprefix test/integration/,$(addsuffix .test.ts,doctor mlflow-champion mlflow-s3 mlflow-server s3-faults s3-machines s3-nights))
	test/integration/support/install-mailpit.sh
	CHURN_TEST_MAILPIT=1 npx --no-install vitest run --project 'integration*' --reporter=verbose test/integration/email-mailpit.test.ts
	CHURN_TEST_NOTIFY_KILLS=100 npx --no-install vitest run --project 'integration*' --reporter=verbose test/integration/notify-kills.test.ts
	CHURN_TEST_NIGHTS=60 npx --no-install vitest run --project 'integration*' --reporter=verbose test/integration/many-nights.test.ts
	CHURN_TEST_PARITY=1000 npx --no-install vitest run --project 'integration*' test/integration/parity.test.ts

bench: dist/cli.cjs
	npm run --silent bench

# Breaks the code on purpose, line by line, and counts what no test notices: half an hour, not in CI.
mutants: node_modules/.package-lock.json
	npx --no-install stryker run

check: node_modules/.package-lock.json
	npm run --silent typecheck
	npm run --silent lint

clean:
	rm -rf dist $(DEMO) node_modules

dist/cli.cjs: node_modules/.package-lock.json $(SOURCES)
	@npm run --silent build

node_modules/.package-lock.json: package.json package-lock.json
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@
