.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

export PATH := $(CURDIR)/.tools/bin:$(CURDIR)/node_modules/.bin:$(PATH)

INSTALLED := node_modules/.installed
# A worker that has grown is replaced: starting a program from it copies its page tables, and tests start thousands.
JEST := npm --silent test -- --ci --maxWorkers=2 --workerIdleMemoryLimit=700MB
WITH_SERVICES := exec node scripts/dev-services.ts

# `make admin ban a@b.c`: the words behind `admin` are its arguments. Options need ARGS='...', or make takes them.
ifeq ($(firstword $(MAKECMDGOALS)),admin)
WORDS := $(wordlist 2,$(words $(MAKECMDGOALS)),$(MAKECMDGOALS))
NO_TARGETS := $(filter-out help,$(WORDS))
.PHONY: $(NO_TARGETS)
$(NO_TARGETS):
	@:
endif

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-18s %s\n", $$1, $$2 }' Makefile

# Run --------------------------------------------------------------------------------------------------------

.PHONY: serve-api worker admin reconcile-assets rerender-articles
serve-api: $(INSTALLED) ## Serve the API with private databases and a demo user; Ctrl-C stops everything
	@exec node scripts/serve-api.ts

worker: $(INSTALLED) ## Run the background work in a process of its own (serve with WORKER=off beside it)
	@$(WITH_SERVICES) node src/worker.ts

admin: $(INSTALLED) ## Administer accounts: make admin ban a@b.c, or make admin ARGS='...' for options
	@$(WITH_SERVICES) node scripts/admin.ts $(or $(ARGS),$(WORDS))

reconcile-assets: $(INSTALLED) ## List stored images without a row and rows without their files; ARGS=--help says more
	@$(WITH_SERVICES) node scripts/reconcile-assets.ts $(ARGS)

rerender-articles: $(INSTALLED) ## Render articles again that an older renderer made
	@$(WITH_SERVICES) node scripts/rerender-articles.ts

# Test -------------------------------------------------------------------------------------------------------

.PHONY: test test-unit test-integration test-e2e coverage bench bench-scale bench-backup
test: $(INSTALLED) ## Run all tests against a Postgres and a Redis of their own; ARGS='...' goes to jest
	@$(JEST) $(ARGS)

test-unit: $(INSTALLED) ## Run the unit and architecture tests, which need no services
	@$(JEST) $(ARGS) --selectProjects unit architecture

test-integration: $(INSTALLED) ## Run the integration tests
	@$(JEST) $(ARGS) --selectProjects integration

test-e2e: $(INSTALLED) ## Run the end-to-end tests
	@$(JEST) $(ARGS) --selectProjects e2e

coverage: $(INSTALLED) ## Run all tests and report what they cover, in coverage/
	@$(JEST) --coverage $(ARGS)

bench-scale: $(INSTALLED) ## Show that reads do not grow with what is stored, with their plans
	@exec node scripts/bench/scale.ts

bench-backup: $(INSTALLED) ## Hold backup and restore of 2 million rows against pg_dump and pg_restore alone
	@exec node scripts/bench/backup.ts $(ARGS)

bench: $(INSTALLED) ## Measure the API against a bare server that does the same work
	@exec node scripts/bench/run.ts $(ARGS)

# Check ------------------------------------------------------------------------------------------------------

.PHONY: lint fix type-check check-deployment check-staged set-githooks
lint: $(INSTALLED) ## Check style and common mistakes
	@npm --silent run lint

fix: $(INSTALLED) ## Format everything and mend what the linter can
	@npm --silent run fix

type-check: $(INSTALLED) ## Check the types
	@npm --silent run type-check

check-deployment: $(INSTALLED) ## Check what the product is deployed with: images, Traefik, AWS, workflows, shell scripts
	@exec node scripts/check-deployment.ts

check-staged: $(INSTALLED) ## Check what is staged for a commit: format, lint and types
	@scripts/check-staged.sh

set-githooks: ## Let git run .githooks before commits and pushes
	@git config core.hooksPath .githooks

# Databases --------------------------------------------------------------------------------------------------

.PHONY: start-dev-dbs stop-dev-dbs migrate migration
start-dev-dbs: $(INSTALLED) ## Start Postgres and Redis in the background and print their URLs
	@exec node scripts/start-dev-dbs.ts

stop-dev-dbs: $(INSTALLED) ## Stop them; their data stay
	@exec node scripts/stop-dev-dbs.ts

migrate: $(INSTALLED) ## Apply pending migrations; ARGS=down reverts the newest, ARGS=pending lists them
	@$(WITH_SERVICES) --postgres node scripts/migrate.ts $(or $(ARGS),up)

migration: $(INSTALLED) ## Write the migration for changed mappings: make migration NAME=add-slug
	@$(WITH_SERVICES) --postgres node scripts/migrate.ts create $(or $(NAME),$(error Say what it is for: make migration NAME=add-slug))

# Backup -----------------------------------------------------------------------------------------------------

BACKUP := NODE_COMPILE_CACHE=$(CURDIR)/.local/compile-cache $(WITH_SERVICES) --postgres node scripts/backup.ts

.PHONY: backup backup-list backup-verify restore restore-drill backup-status backup-export-plain
backup: $(INSTALLED) ## Back up the database: dump, verify, upload; ARGS=--json for machines, like all that follow
	@$(BACKUP) run $(ARGS)

backup-list: $(INSTALLED) ## List the backups, newest first
	@$(BACKUP) list $(ARGS)

backup-verify: $(INSTALLED) ## Fetch a backup and read all of it: the newest, or ID=
	@$(BACKUP) verify $(if $(ID),--id $(ID)) $(ARGS)

restore: $(INSTALLED) ## Put a backup in place of the database: the newest, ID= or BEFORE= (a time)
	@$(BACKUP) restore $(if $(ID),--id $(ID)) $(if $(BEFORE),--before $(BEFORE)) $(ARGS)

restore-drill: $(INSTALLED) ## Prove that the newest backup restores, beside the database, which is left alone
	@$(BACKUP) drill $(ARGS)

backup-status: $(INSTALLED) ## Tell how old and how proven the newest backup is, and whether the store works
	@$(BACKUP) status $(ARGS)

backup-export-plain: $(INSTALLED) ## Write a backup as an SQL file for psql: the newest, or ID=; to OUT=
	@$(BACKUP) export $(if $(ID),--id $(ID)) $(if $(OUT),--out $(OUT)) $(ARGS)

# Install ----------------------------------------------------------------------------------------------------

$(INSTALLED): .tools/bin/node package-lock.json .node-version
	@scripts/bootstrap.sh

.tools/bin/node:
	@scripts/bootstrap.sh
