#!/usr/bin/env bash
# Sets everything up on Debian 12 or 13, builds, and passes all tests. --quick: unit tests only.
set -euo pipefail
cd "$(dirname "$0")/.."
. deploy/lib.sh

quick=""
case "${1:-}" in
  "") ;;
  --quick) quick=yes ;;
  *) echo "usage: tests/run.sh [--quick]" >&2; exit 2 ;;
esac

packages=(deploy/packages/build.txt deploy/packages/test.txt)
[ -n "$quick" ] || packages+=(deploy/packages/kafka.txt)
install_packages "${packages[@]}"

build release
if [ -n "$quick" ]; then
  exec ctest --no-tests=error --test-dir build/release -L unit --output-on-failure -j "$(nproc)"
fi
units=(base_test rules_test engine_test collector_test sinks_test console_test cmd_test fuzz_test)
build asan "${units[@]}"
build tsan "${units[@]}"
say "units under the address and undefined behaviour sanitizers"
ctest --no-tests=error --test-dir build/asan -L unit --output-on-failure -j "$(nproc)"
say "units under the thread sanitizer"
# The oracle is one thread and slow: here it only has to run.
VINKKI_ORACLE_CASES=10 ctest --no-tests=error --test-dir build/tsan -L unit --output-on-failure -j "$(nproc)"
say "everything, end to end tests included"
ctest --no-tests=error --test-dir build/release --output-on-failure -j "$(nproc)"
