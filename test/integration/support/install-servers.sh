#!/bin/sh
# Installs the servers that the integration tests start, from Debian's packages: PostgreSQL, MariaDB and pgbouncer; and
# libfaketime, which tells programs another time. Where they are all there, it does nothing. None of them is left running: the tests start their own.
set -eu

have() {
  PATH=$PATH:/usr/sbin command -v "$1" >/dev/null
}

missing=
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
have mariadbd && have mariadb || missing="$missing mariadb-server"
have pgbouncer || missing="$missing pgbouncer"
ls /usr/lib/*/faketime/libfaketimeMT.so.1 >/dev/null 2>&1 || missing="$missing libfaketime"
[ -n "$missing" ] || exit 0

if ! have apt-get; then
  echo "the integration tests need$missing, and there is no apt-get here: install them by hand" >&2
  exit 1
fi
as_root=
[ "$(id -u)" = 0 ] || as_root=sudo

# Debian's packages make a cluster and start a daemon of their own, unless a machine says that it wants none.
if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
  $as_root mkdir -p /etc/postgresql-common
  echo 'create_main_cluster = false' | $as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
fi
$as_root apt-get update -qq
# shellcheck disable=SC2086 # words on purpose
$as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
  apt-get install -y -qq --no-install-recommends -o Dpkg::Options::=--force-confold $missing
