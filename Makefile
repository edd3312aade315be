# make run: build and serve with safe defaults. make test: every ring. See README.md.
.DEFAULT_GOAL := help

SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
APT := DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get
# What the binary links against, what the tests drive it with, what the benchmarks compare it with.
RUN_PACKAGES := librocksdb-dev libexpat1-dev zlib1g-dev
TEST_PACKAGES := python3-venv s3cmd s3fs rclone fuse3 git curl
BENCH_PACKAGES := wrk nginx-light

# One release build serves every ring: tests use package access, never @testable.
BUILD = $(LINKING) swift build -c release
# Asked for when it is needed: before `deps` there may be no RocksDB.
LINKING = ROOST_ROCKSDB_LINK="$$(Sources/Storage/CRocksDB/static-link)"
BINARY := .build/release/roost
DATA ?= data
# For each fuzz target.
SECONDS ?= 30

.PHONY: help deps deps-test deps-bench build run test lint unit e2e sim fuzz bench s3-tests mint fmt clean

help:
	@echo "make run | test | bench | sim | fuzz | s3-tests DIR=... | mint DIR=... | fmt | deps"

define install_missing
	@missing=""; for p in $(1); do dpkg -s $$p >/dev/null 2>&1 || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then echo "installing:$$missing"; $(APT) update -qq && $(APT) install -y -qq $$missing; fi
endef

deps:
	$(call install_missing,$(RUN_PACKAGES))

deps-test: deps .venv/ready
	$(call install_missing,$(TEST_PACKAGES))

deps-bench: deps .venv/ready
	$(call install_missing,$(BENCH_PACKAGES))

.venv/ready: Tests/EndToEnd/requirements.txt
	$(call install_missing,python3-venv)
	python3 -m venv .venv && .venv/bin/pip install -q -r Tests/EndToEnd/requirements.txt && touch $@

build: deps
	$(BUILD) --product roost

run: build
	$(BINARY) serve --data $(DATA)

lint:
	swift format lint --strict -r Package.swift Sources Tests Benchmarks

unit: deps
	$(BUILD) --product roostPackageTests
	$(LINKING) SWIFT_BACKTRACE=enable=no swift test -c release --disable-testable-imports --skip-build

e2e: deps-test
	$(BUILD) --product roost
	.venv/bin/python -m pytest -q Tests/EndToEnd

test: deps-test lint unit e2e

sim: deps
	$(BUILD) --product roostPackageTests
	$(LINKING) ROOST_SIM_SEEDS=$${SEEDS:-2000} swift test -c release --disable-testable-imports --skip-build --filter SimulationTests

# Every fuzz target, SECONDS each; ends at the first crash, whose input is left in .build-fuzz/corpus/TARGET.
fuzz: deps
	Fuzz/build
	@for target in $$(Fuzz/run list); do \
		echo "fuzzing $$target"; Fuzz/run $$target -max_total_time=$(SECONDS) -print_final_stats=1 || exit 1; \
	done

bench: build deps-bench
	$(BUILD) --product roost-load
	.venv/bin/python Benchmarks/bench.py --binary $(BINARY)

# ceph/s3-tests, from a checkout of the user's own: make s3-tests DIR=../s3-tests
s3-tests:
	@test -n "$(DIR)" || { echo "say where the suite is: make s3-tests DIR=..."; exit 1; }
	$(MAKE) build
	$(call install_missing,python3-venv)
	python3 Tests/Conformance/s3_tests.py --suite $(DIR) --binary $(BINARY)

# minio/mint's awscli, s3cmd and minio-py, from a checkout of the user's own: make mint DIR=../mint
mint:
	@test -n "$(DIR)" || { echo "say where the suite is: make mint DIR=..."; exit 1; }
	$(MAKE) build
	$(call install_missing,python3-venv s3cmd jq curl)
	python3 Tests/Conformance/mint.py --suite $(DIR) --binary $(BINARY)

fmt:
	swift format -i -r Package.swift Sources Tests Benchmarks

clean:
	rm -rf .build .venv .venv-s3-tests .venv-mint
