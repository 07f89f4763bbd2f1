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
  exec ctest --test-dir build/release -L unit --output-on-failure -j "$(nproc)"
fi
build asan
build tsan
say "units under the sanitizers"
for preset in asan tsan; do
  ctest --test-dir "build/$preset" -L unit --output-on-failure -j "$(nproc)"
done
say "everything, end to end tests included"
ctest --test-dir build/release --output-on-failure -j "$(nproc)"
