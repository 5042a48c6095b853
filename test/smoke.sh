#!/usr/bin/env bash
# The built program as a person meets it, command by command, in a workspace of its own. Ends with 1 at the first surprise.
#     make smoke
set -euo pipefail
program=$(cd "$(dirname "$0")/.." && pwd)/bin/churn
workspace=$(mktemp -d)
trap 'rm -rf "$workspace"' EXIT

# ends CODE WORD …: churn with these words, in cron's environment, must end so.
ends() {
  local wanted=$1 code=0
  shift
  env -i PATH="$PATH" HOME=/nonexistent TZ=UTC node "$program" -C "$workspace" "$@" > "$workspace/said" 2>&1 || code=$?
  [ "$code" = "$wanted" ] || { echo "churn $* ended with $code, not $wanted:"; cat "$workspace/said"; exit 1; }
  ! grep -q "    at " "$workspace/said" || { echo "churn $* shows a stack trace:"; cat "$workspace/said"; exit 1; }
}
# says TEXT: what the last command printed has it.
says() {
  grep -qF -- "$1" "$workspace/said" || { echo "\"$1\" was not said, but:"; cat "$workspace/said"; exit 1; }
}

ends 0 -V
ends 0 --help;                                             says "run-all"
ends 2 config;                                             says "churn -C $workspace init"
ends 0 init --sample --date 2026-11-22;                    says "7,043 customers"
ends 0 config --json;                                      says '"train.rounds"'
ends 0 doctor;                                             says "✔ store"
ends 2 --set source.table=none doctor;                      says "Tonight's run would fail at extract."
ends 0 preview --rows 2;                                   says "encoded"
ends 0 run-all --date 2026-11-21 --dry-run;                says "would run"
ends 3 run-all --date 2026-11-21 --set gates.row_count=9999; says "row_count"
ends 0 run-all --date 2026-11-21;                          says "churn-model version 1 in Staging"
ends 0 run-all --date 2026-11-21;                          says "Nothing to do"
ends 0 promote --version 1 --yes;                          says "version 1 is in Production"
ends 0 train --date 2026-11-22 --help;                     says "--force"
ends 4 train --date 2026-11-22;                            says "churn -C $workspace features --date 2026-11-22"
ends 0 run-all --date 2026-11-22 --set train.rounds=20;    says "against"
ends 0 run-all --date 2026-11-22 --again --from train;     says "taken as it is"
ends 0 backfill --since 2026-11-20 --until 2026-11-22 --dry-run; says "an older night: registers nothing"
ends 2 run-all --date 2026-11-22 --catch-up 7;             says "--catch-up is for tonight's run"
ends 0 verify --all;                                       says "✔ night of 2026-11-22.2"
ends 0 status;                                             says "Understand:  churn why 2026-11-22.2"
ends 0 why 2026-11-21;                                     says "So version 1 was registered"
ends 0 logs --stage train;                                 says "stage ended"
ends 2 why 2026-11-23 --version 1;                         says "one of them says which night"
ends 0 models --json;                                      says '"stage":"Production"'
ends 0 schedule print;                                     says "Persistent=true"
ends 5 watchdog --dry-run;                                 says "no success by 09:00"
ends 0 completion bash;                                    says "complete -F _churn churn"
ends 2 run-al;                                             says "did you mean run-all?"
ends 2 run-all --date tomorrow;                            says "--date takes"
echo "smoke passed on node $(node --version)"
