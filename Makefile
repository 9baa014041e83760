# `make run` and `make test` are all a newcomer needs; see README.md.

# The first Python that is new enough; another one: make PYTHON=/path/to/python run
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && exit; \
	done; echo python3)
PY := .venv/bin/python
INSTALL := @$(PYTHON) apiqik_backoffice/virtual_environment.py
TESTING := DJANGO_SETTINGS_MODULE=apiqik_backoffice.settings.testing
WORKERS ?= 2

.PHONY: run test coverage signins migrations format check e2e bench faults requirements requirements-dev

run: requirements
	@exec $(PY) manage.py run

signins: requirements
	@exec $(PY) manage.py signins

requirements:
	$(INSTALL) requirements.txt

requirements-dev:
	$(INSTALL) requirements-dev.txt

test: requirements-dev
	@PY=$(PY) WORKERS=$(WORKERS) .ci/checks
	@PY=$(PY) WORKERS=$(WORKERS) .ci/tests

# Branch coverage of everything, which takes much longer; below 90% it fails.
coverage: requirements-dev
	@exec $(PY) -m pytest -n $(WORKERS) --cov --cov-report=term:skip-covered

check: requirements-dev
	@PY=$(PY) .ci/checks

format: requirements-dev
	@$(PY) -m ruff format .
	@$(PY) -m ruff check --fix .
	@git ls-files '*/templates/*.html' | xargs -r .venv/bin/djade --target-version 5.2 || true

# All figures, or those whose names begin so: make bench FIGURES="lists decisions"
bench: requirements-dev
	@exec $(PY) -m tests.bench $(FIGURES)

# Browsers over everything: half an hour on two cores.
e2e: requirements-dev
	@exec $(PY) -m pytest tests/e2e -n $(WORKERS) -p no:cacheprovider -o faulthandler_timeout=3600

faults: requirements-dev
	@exec $(PY) -m pytest tests/faults -p no:cacheprovider -o faulthandler_timeout=3600
