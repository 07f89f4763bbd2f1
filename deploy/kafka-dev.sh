#!/bin/bash
# A real Apache Kafka broker for development and tests: one node, on loopback, in KRaft mode.
#
#   deploy/kafka-dev.sh start|stop|status [--data FOLDER] [--port PORT]
#
# start   installs Debian's Java and Maven if they are missing, has Maven download the broker once
#         (46 MB), makes the data folder, starts the broker and waits until it answers. Twice is fine.
# stop    ends it cleanly; the data stay for the next start.
# status  says whether it runs; exit status 3 when it does not.
#
# --port or KAFKA_PORT    default 19092; the controller listens on the next free port
# --data or KAFKA_DATA    default <cache>/data-<port>
# KAFKA_CACHE             the jars; default ~/.cache/vinkki/kafka
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/lib.sh"

kafka_version=4.1.1
cache=${KAFKA_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vinkki/kafka}
port=${KAFKA_PORT:-19092}
data=${KAFKA_DATA:-}
libs=$cache/libs-$kafka_version

usage() { sed -n '2,/^set /p' "${BASH_SOURCE[0]}" | sed '$d; s/^# \{0,1\}//'; }

in_use() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# The broker's process id, if the one we started for this data folder is alive.
running() {
  local pid
  pid=$(cat "$data/broker.pid" 2>/dev/null) || return 1
  tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF "kafka.Kafka $data/server.properties" \
    || return 1
  echo "$pid"
}

answers() { kcat -L -b "127.0.0.1:$port" -m 2 >/dev/null 2>&1; }

check_java() {
  local major
  major=$(java -version 2>&1 | sed -n 's/^[a-z]* version "\([0-9]*\).*/\1/p')
  [ "${major:-0}" -ge 17 ] \
    || die "Kafka $kafka_version needs Java 17 or later, and 'java' is ${major:-unknown}: install default-jre-headless"
}

# Downloads the broker's jars, once for all data folders.
fetch_jars() {
  [ -d "$libs" ] && return 0
  mkdir -p "$cache" || die "cannot make $cache: set KAFKA_CACHE to a folder that can be written"
  exec 8>"$cache/lock"; flock 8
  if [ ! -d "$libs" ]; then
    say "downloading Apache Kafka $kafka_version with Maven (46 MB, once; about a minute)"
    rm -rf "$libs.part"
    mvn -B -f "$here/kafka/pom.xml" dependency:copy-dependencies -DincludeScope=runtime \
      -DoutputDirectory="$libs.part" >"$cache/maven.log" 2>&1 \
      || { grep '^\[ERROR\]' "$cache/maven.log" | head -3 >&2
           die "Maven could not fetch Kafka: is the network there? All it said is in $cache/maven.log"; }
    mv "$libs.part" "$libs"
  fi
  exec 8>&-
}

controller_port() {
  local p
  for p in $(seq $((port + 1)) $((port + 20))); do
    in_use "$p" || { echo "$p"; return; }
  done
  die "no free port for the controller between $((port + 1)) and $((port + 20))"
}

write_properties() {
  local controller
  controller=$(controller_port)
  cat >"$data/server.properties" <<PROPERTIES
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller
advertised.listeners=PLAINTEXT://127.0.0.1:$port
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=$data/logs
num.partitions=1
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
log.cleaner.dedupe.buffer.size=16777216
PROPERTIES
}

# Makes an empty data folder one that the broker takes; leaves one with data as it is.
format() {
  [ -f "$data/logs/meta.properties" ] && return 0
  local id
  id=$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | cut -c 1-22 | sed 's/^-/A/')
  java -Xmx128m -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp "$libs/*" \
    kafka.tools.StorageTool format --cluster-id "$id" --config "$data/server.properties" \
    >"$data/format.log" 2>&1 \
    || { tail -5 "$data/format.log" >&2; die "could not make the data folder $data: the lines above say why"; }
}

launch() {
  # A session of its own, so that an interrupt in this terminal does not end it.
  setsid nohup java -Xms64m -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
    -Djava.awt.headless=true -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp "$libs/*" \
    kafka.Kafka "$data/server.properties" >"$data/broker.log" 2>&1 </dev/null &
  echo $! >"$data/broker.pid"
}

wait_until_it_answers() {
  local deadline=$((SECONDS + 60))
  until answers; do
    running >/dev/null \
      || { tail -5 "$data/broker.log" >&2; die "the broker ended at once: all it said is in $data/broker.log"; }
    [ $SECONDS -lt $deadline ] \
      || die "the broker does not answer after 60 s: see $data/broker.log, and try '$0 stop' first"
    sleep 0.2
  done
}

start() {
  install_packages "$here/packages/kafka.txt"
  check_java
  fetch_jars
  mkdir -p "$data" || die "cannot make the data folder $data"
  data=$(cd "$data" && pwd)
  if running >/dev/null; then
    wait_until_it_answers
    say "Kafka already runs at 127.0.0.1:$port"
    return
  fi
  in_use "$port" && die "port $port is in use by another program: stop it, or set KAFKA_PORT"
  say "starting Kafka $kafka_version at 127.0.0.1:$port, data in $data"
  write_properties
  format
  launch
  wait_until_it_answers
  say "Kafka answers at 127.0.0.1:$port"
}

stop() {
  local pid deadline=$((SECONDS + 30))
  if ! pid=$(running); then
    say "Kafka does not run with data in $data"
    return
  fi
  say "stopping Kafka"
  kill -TERM "$pid" 2>/dev/null || true
  while running >/dev/null; do
    if [ $SECONDS -ge $deadline ]; then
      kill -KILL "$pid" 2>/dev/null || true
      rm -f "$data/broker.pid"
      die "the broker did not stop in 30 s and was killed; its data are recovered at the next start"
    fi
    sleep 0.1
  done
  rm -f "$data/broker.pid"
  say "Kafka has stopped; its data stay in $data"
}

status() {
  local pid
  pid=$(running) || { echo "Kafka does not run with data in $data"; exit 3; }
  answers || { echo "Kafka runs (process $pid) and does not answer at 127.0.0.1:$port"; exit 1; }
  echo "Kafka $kafka_version runs at 127.0.0.1:$port (process $pid, data in $data)"
}

command=${1:-}
[ $# -gt 0 ] && shift
while [ $# -gt 0 ]; do
  case $1 in
    --data) data=${2:?--data needs a folder}; shift 2 ;;
    --port) port=${2:?--port needs a number}; shift 2 ;;
    *) usage >&2; die "unknown argument $1" ;;
  esac
done
[[ $port =~ ^[0-9]+$ ]] && [ "$port" -ge 1 ] && [ "$port" -le 65500 ] || die "not a port: $port"
data=${data:-$cache/data-$port}
[ -d "$data" ] && data=$(cd "$data" && pwd)
case $command in
  start) start ;;
  stop) stop ;;
  status) status ;;
  -h|--help|help) usage ;;
  *) usage >&2; die "say start, stop or status" ;;
esac
