# make serve    installs into .venv and runs the server (make serve PORT=6000 ARGS="--throttle off")
# make test     installs into .venv and runs the whole suite, with coverage
# make lint     ruff and mypy

PORT = 5000
ARGS =
PYTHON = python3
BIN = .venv/bin

.PHONY: serve test lint clean

serve: .venv/serve
	$(BIN)/twistd -n --pidfile= chatsvc --port $(PORT) $(ARGS)

test: .venv/test
	rm -f .coverage*
	$(BIN)/python -m coverage run -m pytest
	$(BIN)/python -m coverage combine -q
	$(BIN)/python -m coverage report

lint: .venv/lint
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

clean:
	rm -rf .venv build dist *.egg-info .coverage*

# Each target installs what it needs and no more; a stamp says that it is there.
.venv/serve: EXTRA = tls
.venv/test: EXTRA = test
.venv/lint: EXTRA = lint
.venv/serve .venv/test .venv/lint: setup.cfg pyproject.toml Makefile
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[$(EXTRA)]'
	touch $@
