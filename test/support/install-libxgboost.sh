#!/usr/bin/env bash
# Libraries of XGBoost for the tests of the native engine, into the user's cache: the wheels of xgboost-cpu hold the newest and an
# older one, Debian's package (where the machine is one) the oldest that churn takes. Prints their files, a line each.
set -euo pipefail
cache=${XDG_CACHE_HOME:-$HOME/.cache}/churn-libxgboost
mkdir -p "$cache"

wheel() {
  local version=$1 folder=$cache/$1
  if [ ! -d "$folder" ]; then
    local made
    made=$(mktemp -d "$cache/made.XXXXXX")
    # The library is of no version of Python; pip is asked for that of which there is a wheel.
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --python-version 3.12 \
      --platform "manylinux_2_28_$(uname -m)" --platform "manylinux2014_$(uname -m)" --dest "$made" "xgboost-cpu==$version" >&2
    (cd "$made" && python3 -m zipfile -e ./*.whl . && rm ./*.whl)
    mv -T "$made" "$folder"
  fi
  printf '%s\n' "$folder/xgboost/lib/libxgboost.so"
}

debian() {
  local folder=$cache/debian
  if [ ! -d "$folder" ]; then
    local made
    made=$(mktemp -d "$cache/made.XXXXXX")
    # What is behind "||" switches -e off in here.
    # A bare machine knows no packages yet; to look them up takes root.
    [ -n "$(apt-cache madison libxgboost0 2>/dev/null)" ] || apt-get update --quiet --quiet >&2 || true
    (cd "$made" && apt-get download --quiet libxgboost0 libdmlc0 >&2 && for package in ./*.deb; do dpkg -x "$package" . && rm "$package" || exit 1; done) || return 1
    ls "$made"/usr/lib/*/libxgboost.so.0 >/dev/null || return 1
    mv -T "$made" "$folder"
  fi
  printf '%s\n' "$folder"/usr/lib/*/libxgboost.so.0
}

wheel 3.4.1
wheel 2.1.4
# It is in no other distribution's sources, nor in those of a newer Debian without the package.
if command -v apt-get >/dev/null; then debian || echo "no libxgboost0 of Debian to test with" >&2; fi
