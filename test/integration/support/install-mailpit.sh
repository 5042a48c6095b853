#!/bin/sh
# Builds Mailpit, the second mail server that `make soak` sends to, once on a machine, by Go, and prints its program's path. It
# lies in the user's cache, outside of the clone. Where it is there, nothing is done.
set -eu

shelf=${CHURN_TEST_SERVERS:-${XDG_CACHE_HOME:-$HOME/.cache}/churn-servers}
package=github.com/axllent/mailpit
version=v1.27.11
server=$shelf/mailpit-$version

found() {
  [ -x "$server" ] && echo "$server"
}

found && exit 0
go=$(command -v go || true)
[ -n "$go" ] || go=/usr/local/go/bin/go
[ -x "$go" ] || { echo "Mailpit needs Go, which isn't here (on Debian and Ubuntu: apt-get install golang-go)" >&2; exit 1; }
mkdir -p "$shelf"
# Two builds at once would take twice as long; where there is no flock they do, and the later one replaces the earlier one's.
if command -v flock >/dev/null; then
  exec 9>"$shelf/lock"
  flock 9
  found && exit 0
fi
work=$(mktemp -d "$shelf/making.XXXXXX")
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
# Go takes its modules and what it compiles to a folder of this build's own: a gigabyte that nobody needs afterwards.
echo "building Mailpit $version with $("$go" version): this takes minutes, once on a machine" >&2
env GOBIN="$work/bin" GOPATH="$work/go" GOMODCACHE="$work/go/pkg/mod" GOCACHE="$work/go-build" GOTOOLCHAIN=auto \
  GOFLAGS="-buildvcs=false -modcacherw" "$go" install "$package@$version" >&2
mv "$work/bin/mailpit" "$server"
found
