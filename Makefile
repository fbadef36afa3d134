# Everything is made in .venv of this checkout from Python 3.11, pip and make.
PYTHON ?= python3
BIN := .venv/bin
DEMO_ARGS ?=
BENCH_ARGS ?=

.PHONY: demo test soak lint bench bench-full lock clean

.venv/ready: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Trialdex needs Python 3.11 or newer")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch .venv/ready

demo: .venv/ready  ## synthetic sources on loopback, crawled, published and served
	$(BIN)/trialdex demo $(DEMO_ARGS)

test: .venv/ready  ## every test; pages need Chromium (apt-get install chromium)
	$(BIN)/python -m pytest -q -n 3

soak: .venv/ready  ## in full what `make test` takes a part of: 30 nights twice, 200 kills, every reason (half an hour)
	TRIALDEX_SOAK=1 TRIALDEX_NIGHTS=30 TRIALDEX_KILLS=200 TRIALDEX_PUBLISHES=20 $(BIN)/python -m pytest -q -s \
		tests/test_soak.py tests/test_nightly.py tests/pipelines/test_publish.py tests/datasette_trials/test_swap.py \
		tests/datasette_trials/test_safety.py tests/pipelines/test_reasons.py

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: .venv/ready  ## the short benchmarks
	$(BIN)/python -m benchmarks.load
	$(BIN)/python -m benchmarks.nightly --studies 10000 --changed 100
	$(BIN)/python -m benchmarks.side_by_side --size 5000
	$(BIN)/python -m benchmarks.whole_register --sizes 5000

bench-full: .venv/ready  ## those at the size of the register: hours, and 60 GB of disk. BENCH_ARGS="--work DIR" keeps it
	$(BIN)/python -m benchmarks.load --sizes 100000
	$(BIN)/python -m benchmarks.side_by_side
	$(BIN)/python -m benchmarks.similar_scale
	$(BIN)/python -m benchmarks.nightly
	$(BIN)/python -m benchmarks.whole_register $(BENCH_ARGS)

lock:  ## pin what a fresh environment gets now
	rm -rf .venv/lock && $(PYTHON) -m venv .venv/lock
	.venv/lock/bin/python -m pip install --quiet --disable-pip-version-check '.[dev]'
	echo '# Made by `make lock` from pyproject.toml: what a fresh environment of Trialdex and its tests holds.' > requirements.lock
	.venv/lock/bin/python -m pip freeze --all --exclude pip --exclude trialdex >> requirements.lock
	rm -rf .venv/lock

clean:
	rm -rf .venv build *.egg-info
