#!/usr/bin/env bash
# Step against the slow matcher (oracle.h) on random cases, with progress. Each seed makes two cases:
# one with its events in order, one in which some of them come late.
#   tests/rules/oracle.sh N [SEED, 1] [JOBS, 1]      N cases, seeds from SEED on, in JOBS processes
# A disagreement is shown shrunk, with the seed that brings it back; the exit status is 1 then.
set -euo pipefail
cd "$(dirname "$0")/../.."
[ $# -ge 1 ] || { sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 2; }
seeds=$((($1 + 1) / 2)) first=${2:-1} jobs=${3:-1}
end=$((first + seeds)) chunk=250

cmake --preset release -DVINKKI_TESTS=ON >/dev/null
cmake --build --preset release --target rules_test >&2

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
one() {
  VINKKI_ORACLE_SEED=$1 VINKKI_ORACLE_CASES=$2 \
    build/release/tests/rules_test -tc='Step and the oracle*' >"$logs/$1" 2>&1 ||
    { cat "$logs/$1" >&2; touch "$logs/failed"; }
  rm "$logs/$1"
}

SECONDS=0 started=0 ended=0
progress() {
  wait -n
  ended=$((ended + 1))
  local ran=$((2 * (ended * chunk < seeds ? ended * chunk : seeds)))
  printf '\r%d of %d cases, %d a second  ' $ran $((2 * seeds)) $((ran / (SECONDS + 1))) >&2
}
for ((from = first; from < end; from += chunk)); do
  one $from $((end - from < chunk ? end - from : chunk)) &
  started=$((started + 1))
  [ $((started - ended)) -lt "$jobs" ] || progress
  [ ! -e "$logs/failed" ] || break
done
while [ $ended -lt $started ]; do progress; done
echo >&2
[ ! -e "$logs/failed" ] || { echo "Step and the oracle disagree" >&2; exit 1; }
echo "$((2 * seeds)) cases, seeds $first to $((end - 1)): Step and the oracle agree on every" \
  "decision, time and reason, in $SECONDS s"
