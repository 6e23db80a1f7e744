# Sluice. `make run` and `make test` do all set-up themselves; each set-up step leaves a stamp under build/.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.ONESHELL:
.DEFAULT_GOAL := help
.PHONY: help run test lint bench fuzz setup clean

ARGS     ?=
FUZZ_FOR ?= 60
PEERS    := gateway/tests/peers
CARGO    := cargo
# What needs packages to link with; `make run` goes without.
FEATURES := --features sluice/monitor

help:
	@echo "make run    a simulated plant, its operators and an attacker around a real gateway (ARGS=\"--for 30s\")"
	@echo "make test   set up, lint, then every test, those against real peers included"
	@echo "make lint   format, clippy and documentation only"
	@echo "make bench  figures of gateway/docs/PERFORMANCE.md, haproxy beside us"
	@echo "make fuzz   every fuzz target for FUZZ_FOR=$(FUZZ_FOR) seconds (nightly toolchain)"
	@echo "make clean  forget builds and set-up"

# No root, no packages: a Rust toolchain is enough.
run: export SLUICE_REVISION := $(shell git rev-parse --short HEAD 2>/dev/null || echo unknown)
run:
	@$(CARGO) build --profile quick -p sluice
	@$(CARGO) run --quiet --profile quick -p sluice -- demo $(ARGS)

test: lint setup
	@SLUICE_PEERS=required $(CARGO) test --workspace $(FEATURES) --quiet --no-fail-fast

lint:
	@$(CARGO) fmt --all --check
	@$(CARGO) clippy --quiet --workspace $(FEATURES) --all-targets -- -D warnings
	@RUSTDOCFLAGS="-D warnings" $(CARGO) doc --quiet --workspace $(FEATURES) --no-deps

bench: build/packages
	@$(CARGO) bench --quiet --workspace --benches $(ARGS)

fuzz: build/cargo-fuzz
	@for folder in $$(dirname $$(git ls-files '*/fuzz/Cargo.toml')); do
		for target in $$($(CARGO) +nightly fuzz list --fuzz-dir $$folder); do
			echo "fuzzing $$folder $$target for $(FUZZ_FOR) s"
			mkdir -p build/corpus/$$target $$folder/seeds/$$target
			$(CARGO) +nightly fuzz run --fuzz-dir $$folder $$target build/corpus/$$target $$folder/seeds/$$target -- \
				-max_total_time=$(FUZZ_FOR) -print_final_stats=1 \
				> build/fuzz-$$target.log 2>&1 || { tail -n 40 build/fuzz-$$target.log >&2; exit 1; }
			grep number_of_executed_units build/fuzz-$$target.log
		done
	done

# The programs that we did not write: clients, servers, and haproxy to compare with.
setup: build/packages build/venv/ready build/peers/libmodbus_server build/peers/libmodbus_client

build/packages: $(PEERS)/packages.sh
	@mkdir -p build
	@$(PEERS)/packages.sh
	@touch $@

build/venv/ready: $(PEERS)/requirements.txt build/packages
	@python3 -m venv build/venv
	@build/venv/bin/python -m pip install --quiet --disable-pip-version-check -r $(PEERS)/requirements.txt
	@touch $@

build/peers/%: $(PEERS)/%.c build/packages
	@mkdir -p build/peers
	@gcc -std=c11 -O1 -Wall -Wextra -Werror $$(pkg-config --cflags libmodbus) -o $@ $< $$(pkg-config --libs libmodbus)

build/cargo-fuzz:
	@$(CARGO) +nightly --version >/dev/null 2>&1 || { echo "fuzzing needs the nightly toolchain: rustup toolchain install nightly" >&2; exit 1; }
	@mkdir -p build
	@$(CARGO) fuzz --version >/dev/null 2>&1 || $(CARGO) install --quiet --locked cargo-fuzz
	@touch $@

clean:
	@rm -rf build
	@$(CARGO) clean --quiet
