#!/bin/sh
# Installs what the tests of schedules and of completion run, from Debian's packages: cron, systemd's analyzer, zsh and fish. Where
# they are all there, it does nothing; where they can't be had, it says so, and those tests are skipped. No daemon is started.
set -eu

have() {
  PATH=$PATH:/usr/sbin command -v "$1" >/dev/null
}

missing=
have cron && have crontab || missing="$missing cron"
have systemd-analyze || missing="$missing systemd"
have zsh || missing="$missing zsh"
have fish || missing="$missing fish"
[ -n "$missing" ] || exit 0

as_root=
[ "$(id -u)" = 0 ] || as_root=sudo
# shellcheck disable=SC2086 # words on purpose
have apt-get && $as_root apt-get update -qq && $as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
  apt-get install -y -qq --no-install-recommends -o Dpkg::Options::=--force-confold $missing ||
  echo "tests are skipped that need$missing" >&2
