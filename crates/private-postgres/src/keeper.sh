# Keeps one PostgreSQL server: sets it up in a new directory, runs it on loopback, and clears everything away when it is
# told to stop, or when whoever started it is gone. Needs its arguments in this order: the directory of PostgreSQL's
# programs, a port, and settings for postgres.
set -eu
programs=$1 port=$2
shift 2
place=$(mktemp -d "${TMPDIR:-/tmp}/private-postgres.XXXXXX")
trap 'rm -rf "$place"' EXIT
printf 'private\n' >"$place/password"
"$programs/initdb" --pgdata="$place/data" --username=private --pwfile="$place/password" --auth=scram-sha-256 \
    --encoding=UTF8 --locale=C.UTF-8 --no-sync --no-instructions >"$place/initdb.log" 2>&1 || { cat "$place/initdb.log" >&2; exit 1; }
"$programs/postgres" -D "$place/data" -p "$port" -k "$place" -c listen_addresses=127.0.0.1 -c max_connections=400 \
    -c logging_collector=off -c log_min_messages=fatal -c shared_buffers=128MB "$@" >&2 &
server=$!
# SIGQUIT: at once, without writing anything to a disk that is cleared in a moment.
trap 'kill -QUIT $server 2>/dev/null || true' TERM INT
for _ in $(seq 200); do
    "$programs/pg_isready" --quiet --host=127.0.0.1 --port="$port" && break
    kill -0 "$server" || exit 1
    sleep 0.05
done
# A trap ends `wait`, so it is asked for again.
echo "$place"
wait "$server" || wait "$server" || true
