#!/bin/sh
# Fails unless every C++ file is laid out as .clang-format says. --fix lays them out.
set -eu
cd "$(dirname "$0")/../.."
[ -x tests/format/node_modules/.bin/clang-format ] || npm ci --silent --prefix tests/format
if [ "${1:-}" = --fix ]; then how=-i; else how="--dry-run -Werror"; fi
# shellcheck disable=SC2086
git ls-files -z --cached --others --exclude-standard '*.cc' '*.h' | xargs -0 tests/format/node_modules/.bin/clang-format $how || {
  echo "not as .clang-format says: run tests/format/check.sh --fix" >&2
  exit 1
}
