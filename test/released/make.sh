#!/usr/bin/env bash
# Keeps a workspace as a released churn leaves it: test/released/VERSION.tar.gz, which every later churn has to read.
#
#     CHECKOUT=/path/to/a/built/checkout/of/it test/released/make.sh VERSION      (as root, on Linux)
#
# It works in /srv/churn on a host named churn, since MLflow's layout holds absolute addresses and messages name the host.
#
# 1,000 customers of the sample. Two decided nights, the first one's model in Production; a third one that a gate stopped, and that
# then failed in evaluate, after train; a fourth day of customers that no night has seen.
set -euo pipefail
version=${1:?which version: test/released/make.sh 1.0.0}
here=$(cd "$(dirname "$0")" && pwd)
export CHECKOUT=${CHECKOUT:-$(cd "$here/../.." && pwd)}
workspace=/srv/churn
[ "$(hostname)" = churn ] || exec unshare --uts bash -c 'hostname churn && exec "$0" "$@"' "$0" "$@"
[ ! -e "$workspace" ] || { echo "$workspace is there already: move it away" >&2; exit 1; }
trap 'rm -rf "$workspace"' EXIT
churn() { env -i PATH="$PATH" HOME=/root TZ=UTC node "$CHECKOUT/bin/churn" -C "$workspace" "$@"; }

[ "$(node "$CHECKOUT/bin/churn" --version)" = "$version" ] || { echo "$CHECKOUT is not churn $version" >&2; exit 1; }
churn init --sample --date 2026-11-23
sed -i 's/row_count: 1000 /row_count: 900 /' "$workspace/churn.yaml"
node - "$CHECKOUT" "$workspace" <<'JS'
const [checkout, workspace] = process.argv.slice(2);
const { createRequire } = require("node:module");
const { renameSync } = require("node:fs");
const { DuckDBInstance } = createRequire(`${checkout}/package.json`)("@duckdb/node-api");
(async () => {
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  await connection.run(`ATTACH '${workspace}/customers.duckdb' AS whole (READ_ONLY); ATTACH '${workspace}/thousand.duckdb' AS thousand`);
  await connection.run(`CREATE TABLE thousand.customers AS FROM whole.customers
    WHERE customer_id < 'C01000' AND snapshot_date >= DATE '2026-11-20' ORDER BY snapshot_date, customer_id`);
  await connection.run("DETACH thousand; DETACH whole");
  renameSync(`${workspace}/thousand.duckdb`, `${workspace}/customers.duckdb`);
})();
JS

churn run-all --date 2026-11-20
churn promote --version 1 --yes
churn run-all --date 2026-11-21
churn run-all --date 2026-11-22 --set gates.row_count=9999 && exit 1
mkdir -p "$workspace/models/2026-11-22/evaluation.json"
churn run-all --date 2026-11-22 && exit 1
rmdir "$workspace/models/2026-11-22/evaluation.json"
churn models
tar --create --sort=name --mtime=2026-11-23 --owner=0 --group=0 --numeric-owner --directory="$workspace" . | gzip -9n > "$here/$version.tar.gz"
