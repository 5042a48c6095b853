#!/bin/sh
# Builds the S3 server that the integration tests start, once on a machine, and prints its program's path: the Versity S3
# gateway, by Go; where Go can't be had, moto by pip (the path is its Python's then). With the word minio: MinIO, by Go alone.
# It lies in the user's cache, outside of the clone. Where it is there, nothing is done.
set -eu

shelf=${CHURN_TEST_SERVERS:-${XDG_CACHE_HOME:-$HOME/.cache}/churn-servers}
case ${1:-versitygw} in
  versitygw) name=versitygw package=github.com/versity/versitygw/cmd/versitygw version=v1.8.0 ;;
  minio) name=minio package=github.com/minio/minio version=v0.0.0-20260212201848-7aac2a2c5b7c ;;
  *) echo "install-s3.sh [versitygw|minio]" >&2; exit 2 ;;
esac
server=$shelf/$name-$version
moto=$shelf/moto-5.2.5

# What is there already is the answer: the gateway before moto.
found() {
  if [ -x "$server" ]; then
    echo "$server"
  elif [ "$name" = versitygw ] && [ -e "$moto/made" ]; then
    echo "$moto/bin/python"
  else
    return 1
  fi
}

found && exit 0
mkdir -p "$shelf"
# Two builds at once would take twice as long; where there is no flock they do, and the later one replaces the earlier one's.
if command -v flock >/dev/null; then
  exec 9>"$shelf/lock"
  flock 9
  found && exit 0
  # Builds that were killed.
  chmod -R u+w "$shelf"/making.* 2>/dev/null || true
  rm -rf "$shelf"/making.*
fi
work=$(mktemp -d "$shelf/making.XXXXXX")
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT

# Go takes its modules and what it compiles to a folder of this build's own: 0.8 GB that nobody needs afterwards.
build() {
  echo "building $name $version with $("$1" version): this takes minutes, once on a machine" >&2
  env GOBIN="$work/bin" GOPATH="$work/go" GOMODCACHE="$work/go/pkg/mod" GOCACHE="$work/go-build" GOTOOLCHAIN=auto \
    GOFLAGS="-buildvcs=false -modcacherw" "$1" install "$package@$version" >&2 || return 1
  mv "$work/bin/$name" "$server"
}

make_moto() {
  python3 -m venv "$work/moto" >&2 || return 1
  "$work/moto/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --only-binary :all: \
    'moto[server,s3]==5.2.5' >&2 || return 1
  touch "$work/moto/made"
  rm -rf "$moto"
  mv "$work/moto" "$moto"
}

has_go=
for go in "$(command -v go || true)" /usr/local/go/bin/go; do
  [ -x "$go" ] || continue
  has_go=yes
  build "$go" && found && exit 0
done

# Debian's Go is older than the newest, and fetches what a module asks for, where that can be had.
if [ -z "$has_go" ] && command -v apt-get >/dev/null; then
  as_root=
  [ "$(id -u)" = 0 ] || as_root=sudo
  echo "there is no Go here: taking Debian's" >&2
  if $as_root apt-get update -qq >&2 &&
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends golang-go >&2; then
    build "$(command -v go)" && found && exit 0
  fi
fi

if [ "$name" != versitygw ]; then
  echo "$name needs Go, which isn't here or can't build it" >&2
  exit 1
fi
echo "the Versity S3 gateway can't be built here: taking moto by pip, which checks no signatures and no digests" >&2
make_moto && found && exit 0
echo "the integration tests need an S3 server: Go, or Python with venv and pip" >&2
exit 1
