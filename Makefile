# One target, for those who look for it here; every other task is in dev.py.

ICE ?= ice
PROJECTS := $(patsubst %/plugins.json,%,$(wildcard examples/*/plugins.json))

.PHONY: plugins-test
plugins-test: ## Lint, types of the stubs, and hash against the committed plugins.json, of every example.
	$(ICE) plugins test $(addprefix --project ,$(PROJECTS))
