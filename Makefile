# What CI runs is what a person types: `make check` and `make test`.
# Everything is installed into .venv; nothing else on the machine is touched, but for
# the Debian packages that the tests need (`make packages`): a browser, Redis, nginx, Caddy.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# Settings of the shell that calls make must not reach the gate that is tested.
CLEAN := env -u SENCE_GATE_CONFIG -u PYTHONPATH

.DEFAULT_GOAL := help
.PHONY: help demo check format test packages documents bench screenshots clean

help:
	@echo "make demo           campus, gate and SENCE simulator on this machine (DRIVE=1: walk the trip by itself)"
	@echo "make check          format, lint and types"
	@echo "make test           all tests, with coverage"
	@echo "make bench          what the gate costs, as ratios"
	@echo "make screenshots    every page and state of the bar, into ./screenshots"

$(VENV)/made: pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed: apt-get install python3 python3-venv"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; this is $$($(PYTHON) --version)"; exit 1; }
	@if ! $(PYTHON) -c 'import ensurepip' 2>/dev/null; then $(MAKE) --no-print-directory python-venv; fi
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --upgrade 'pip>=25.1'
	$(PIP) install --editable '.[serve]'
	@touch $@

.PHONY: python-venv
python-venv:
	@if [ "$$(id -u)" = 0 ]; then apt-get update -qq && apt-get install -y -qq python3-venv; \
	else echo "python3-venv is missing and this is not root: run 'sudo apt-get install python3-venv', then again"; exit 1; fi

$(VENV)/made-dev: $(VENV)/made
	$(PIP) install --group dev
	@touch $@

demo: $(VENV)/made
	@$(CLEAN) $(BIN)/sence-gate demo $(if $(DRIVE),--drive) $(ARGS)

check: $(VENV)/made-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(VENV)/made-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Program and Debian package of each.
PACKAGES := chromium:chromium redis-server:redis-server redis-sentinel:redis-sentinel nginx:nginx-light caddy:caddy php:php-cli sqlite3:sqlite3 curl:curl

packages:
	@missing=; PATH="$$PATH:/usr/sbin"; for each in $(PACKAGES); do \
	  command -v "$${each%%:*}" >/dev/null || missing="$$missing $${each#*:}"; done; \
	if [ -z "$$missing" ]; then :; \
	elif [ "$$(id -u)" = 0 ]; then echo "installing$$missing for the tests"; \
	  case "$$missing" in *chromium*) missing="$$missing fonts-dejavu-core";; esac; \
	  case "$$missing" in *php-cli*) missing="$$missing php-xml";; esac; \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	else echo "missing, and this is not root: run 'sudo apt-get install$$missing', then again"; exit 1; fi

# Debian packages with HTML in them, unpacked below .documents and not installed.
DOCUMENTS := apache2-doc libjs-jquery-ui-docs lynx-common python-django-doc vim-doc xfig-doc

documents: .documents/made

.documents/made: scripts/documents.sh
	@echo "fetching documents for the tests"
	@scripts/documents.sh $(DOCUMENTS)

# A platform that nobody here wrote, unpacked and not installed: its package would bring a web server along.
DOKUWIKI := dokuwiki php-geshi php-phpseclib php-random-compat libphp-simplepie libjs-jquery libjs-jquery-ui libjs-jquery-cookie
DOWNLOAD := apt-get -qq -o APT::Sandbox::User=root download $(DOKUWIKI)

.dokuwiki/made:
	@echo "fetching DokuWiki for the tests"
	@rm -rf .dokuwiki && mkdir -p .dokuwiki/deb
	@cd .dokuwiki/deb && { $(DOWNLOAD) 2>/dev/null || { apt-get update -qq; $(DOWNLOAD); }; }
	@for each in .dokuwiki/deb/*.deb; do dpkg-deb -x "$$each" .dokuwiki; done
	@rm -r .dokuwiki/deb && touch $@

# Apache: a peer to measure beside, and what reads the example for mod_wsgi. Unpacked, too.
APACHE := apache2-bin libapr1 libaprutil1 libjansson4 liblua5.3-0 libpcre3 libapache2-mod-auth-cas libapache2-mod-wsgi-py3 libpython3.11

.apache/made: scripts/apache.sh
	@echo "fetching Apache for the tests"
	@scripts/apache.sh $(APACHE)

test: $(VENV)/made-dev packages documents .dokuwiki/made .apache/made
	@rm -f .coverage .coverage.*
	$(CLEAN) $(BIN)/coverage run -m pytest -n 2 --dist loadfile $(ARGS)
	@$(BIN)/coverage combine --quiet
	$(BIN)/coverage report
	$(BIN)/coverage report --include='sence_gate/protocol/*' --fail-under=100

$(VENV)/made-bench: $(VENV)/made-dev
	$(PIP) install --group bench
	@touch $@

bench: PACKAGES += wrk:wrk
bench: $(VENV)/made-bench packages .apache/made
	$(CLEAN) $(BIN)/python -m benchmarks

screenshots: $(VENV)/made-dev packages
	$(CLEAN) $(BIN)/python -m scripts.screenshots screenshots

clean:
	rm -rf $(VENV) .documents .dokuwiki .apache .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache .hypothesis
