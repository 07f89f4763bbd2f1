#!/usr/bin/env bash
# Sets everything up on Debian 12 or 13, builds Vinkki and runs the demo: a shop, what the engine
# sees of it, and one visit that plays itself. Nothing but git is needed to begin with.
set -euo pipefail
cd "$(dirname "$0")/.."
. deploy/lib.sh

usage() {
  cat <<'END'
usage: deploy/run.sh [--once] [--kafka] [--port N] [--staff-port N] [--data FOLDER]

  --once          play one stuck visit, print its trigger, stop; exit status 0 only if the right
                  trigger came
  --kafka         set up Apache Kafka too (127.0.0.1:19092) and print the trigger as kcat reads it
  --port N        the shop's port [8080]
  --staff-port N  the staff's port [8081]
  --data FOLDER   where events are kept [./vinkki-data; with --once a temporary folder]
END
}

once="" kafka="" port=8080 staff_port=8081 data=""
while [ $# -gt 0 ]; do
  case "$1" in
    --once) once=yes ;;
    --kafka) kafka=yes ;;
    --port) port=${2:?--port needs a number}; shift ;;
    --staff-port) staff_port=${2:?--staff-port needs a number}; shift ;;
    --data) data=${2:?--data needs a folder}; shift ;;
    -h|--help) usage; exit 0 ;;
    *) usage >&2; die "unknown option '$1'" ;;
  esac
  shift
done

packages=(deploy/packages/build.txt)
[ -n "$kafka" ] && packages+=(deploy/packages/kafka.txt)
install_packages "${packages[@]}"
VINKKI_TESTS=OFF build release vinkki
vinkki=build/release/vinkki

work=$(mktemp -d)
[ -n "$data" ] || { [ -n "$once" ] && data=$work/data || data=./vinkki-data; }
server="" kafka_started=""
stop() {
  [ -n "$server" ] && kill "$server" 2>/dev/null && wait "$server" 2>/dev/null
  [ -n "$kafka_started" ] && [ -n "$once" ] && deploy/kafka-dev.sh stop >&2
  rm -rf "$work"
}
trap stop EXIT
trap 'exit 130' INT TERM

brokers=127.0.0.1:19092
serve=("$vinkki" serve --demo --listen "127.0.0.1:$port" --staff "127.0.0.1:$staff_port"
       --data "$data")
if [ -n "$kafka" ]; then
  deploy/kafka-dev.sh status >/dev/null 2>&1 || kafka_started=yes
  deploy/kafka-dev.sh start >&2
  serve+=(--kafka "$brokers")
fi

say "starting the demo"
"${serve[@]}" >"$work/out" 2>"$work/log" &
server=$!
for _ in $(seq 150); do
  grep -q '^staff: ' "$work/out" && break
  kill -0 "$server" 2>/dev/null || { server=""; cat "$work/log" >&2; die "the server stopped"; }
  sleep 0.1
done
shop=$(sed -n 's/^shop: //p' "$work/out")
staff=$(sed -n 's/^staff: //p' "$work/out")
[ -n "$staff" ] || { cat "$work/log" >&2; die "the server did not come up within 15 s"; }

say "the demo shop:         $shop"
say "what the engine sees:  $staff   (the shop beside it)"
say "playing one stuck visit: three form errors at the checkout, then 10 s of hesitation"
"$vinkki" visit --to "${shop%/demo/}" --staff "${staff%%/#*}" --token "${staff##*token=}" \
  >"$work/trigger" || { cat "$work/log" >&2; die "the trigger did not come"; }
if command -v jq >/dev/null; then jq . "$work/trigger"; else cat "$work/trigger"; fi

if [ -n "$kafka" ]; then
  say "the same trigger as kcat reads it from the topic vinkki.triggers"
  id=$(sed -n 's/.*"id":"\([0-9a-f]*\)","time".*/\1/p' "$work/trigger" | head -n 1)
  kcat -q -b "$brokers" -t vinkki.triggers -C -o beginning -e >"$work/topic" 2>"$work/kcat" || true
  for _ in $(seq 20); do
    grep -q "\"id\":\"$id\"" "$work/topic" && break
    sleep 0.5
    kcat -q -b "$brokers" -t vinkki.triggers -C -o beginning -e >"$work/topic" 2>"$work/kcat" || true
  done
  grep "\"id\":\"$id\"" "$work/topic" || { cat "$work/kcat" >&2; die "the trigger $id is not in the topic"; }
fi

[ -n "$once" ] && { say "the right trigger came"; exit 0; }
say "open the addresses above in a browser; Ctrl-C stops the demo"
tail -n +1 -f "$work/log" --pid="$server" >&2 &
wait "$server" || { server=""; die "the server stopped; its last lines are above"; }
