# make serve    installs into .venv and runs the server (make serve PORT=6000 ARGS="--throttle off")
# make chat     installs into .venv and starts the client (make chat HOST=chat.example.org PORT=6000)
# make test     installs into .venv and runs the suite, with coverage
# make test-long  more of what is random in it, and what takes minutes
# make irctest  the IRC door, by https://github.com/progval/irctest (make irctest IRCTEST=path)
# make clients  real clients talk by it: WeeChat, irssi and others, as far as installed (ARGS=irssi)
# make browser  the page in a real browser, as far as installed (make browser ARGS="-k phone")
# make terminals  the client's pictures on terminals of others, as far as installed
# make lint     ruff and mypy
# make bench      chatsvc side by side with others: one table, in under ten minutes
# make bench-all  all cases and all servers that are installed: hours; see benchmarks/README.md

HOST = 127.0.0.1
PORT = 5000
ARGS =
JOBS = 4
CFLAGS = -O2 -Wall -Wextra
PYTHON = python3
BIN = .venv/bin

IRCTEST = ../irctest

.PHONY: serve chat test test-long irctest clients browser terminals lint bench bench-all clean

serve: .venv/serve
	$(BIN)/twistd -n --pidfile= chatsvc --port $(PORT) $(ARGS)

chat: .venv/serve
	$(BIN)/chatsvc $(HOST) $(PORT) $(ARGS)

# Tests start hundreds of programs, which would all compile what the first of them can keep.
test test-long: export PYTHONDONTWRITEBYTECODE =

test: .venv/test
	rm -f .coverage*
	$(BIN)/python -m coverage run -m pytest -n $(JOBS)
	$(BIN)/python -m coverage combine -q
	$(BIN)/python -m coverage report

test-long: .venv/test
	CHATSVC_SLOW_TESTS=1 $(BIN)/python -m pytest -n $(JOBS) -m long

irctest: .venv/test
	$(BIN)/python -m pip install -q -r $(IRCTEST)/requirements.txt
	cd $(IRCTEST) && PYTHONPATH=$(CURDIR) $(CURDIR)/$(BIN)/python -m pytest -n $(JOBS) \
		--controller tests.irc.controller -m 'not Ergo and not Sable and not deprecated and not strict'

# Without npm or GAMJA, the path of gamja with its libraries, the clients that need them are left out.
clients: .venv/browser
	$(BIN)/python -m tests.irc.clients $(ARGS)

# Without npm, the tests that need axe-core are skipped.
browser: .venv/browser
	if command -v npm; then npm install --silent --no-save --prefix tests/browser/build axe-core@4; fi
	CHATSVC_SLOW_TESTS=1 $(BIN)/python -m pytest -n 2 tests/browser $(ARGS)

# Without node, npm, libvterm or tmux, the tests that need them are skipped.
terminals: .venv/test
	if command -v npm; then npm install --silent --no-save --prefix tests/terminal/others/build @xterm/headless@6; fi
	CHATSVC_SLOW_TESTS=1 $(BIN)/python -m pytest -n 2 tests/terminal/others $(ARGS)

lint: .venv/lint
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

BENCH = .venv/bench benchmarks/build/load benchmarks/build/floor benchmarks/build/ws

bench: $(BENCH)
	$(BIN)/python -m benchmarks.run --listeners 10,100,1000 $(ARGS)

bench-all: $(BENCH)
	$(BIN)/python -m benchmarks.run --cases all --servers all --repetitions 5 $(ARGS)

benchmarks/build/load: $(wildcard benchmarks/load/*)
	mkdir -p $(@D)
	$(CC) $(CFLAGS) -o $@ $(filter %.c,$^)

benchmarks/build/floor: benchmarks/floor.c
	mkdir -p $(@D)
	$(CC) $(CFLAGS) -o $@ $<

# Of Node's WebSocket server, the tables do without if there is no npm.
benchmarks/build/ws:
	mkdir -p $(@D)
	! command -v npm > /dev/null || npm install --silent --no-audit --no-fund --prefix $(@D) ws
	touch $@

clean:
	rm -rf .venv build dist benchmarks/build tests/browser/build tests/terminal/others/build *.egg-info .coverage*

# Each target installs what it needs and no more; a stamp says that it is there.
.venv/serve: EXTRA = client,tls,web
.venv/test: EXTRA = test
.venv/browser: EXTRA = browser
.venv/lint: EXTRA = lint
.venv/bench: EXTRA = bench
.venv/serve .venv/test .venv/browser .venv/lint .venv/bench: setup.cfg pyproject.toml Makefile
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[$(EXTRA)]'
	touch $@
