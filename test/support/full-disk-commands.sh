# Runs each command on a small file system: with no block free, with a few, and once more with space again.
# full-disk-commands.sh DISK PREPARED TOLD NODE PROGRAM CASES
# CASES is a file with a case a line: its name, a tab, and the command's words as a shell takes them. Each begins with what is PREPARED.
# Of a case NAME with FREE kB free: TOLD/NAME.FREE.code, .stderr, .left (unfinished files), .before and .after (digests of all files),
# .again.code and .again.stderr. Run in a mount namespace, which takes the disk with it.
set -u
disk=$1 prepared=$2 told=$3 node=$4 program=$5 cases=$6

mount -t tmpfs -o size=24m,mode=700 tmpfs "$disk" || exit 90
cd "$disk" || exit 92

digests() {
  find . -type f ! -name filler ! -path './logs/*' ! -path './.churn/lock' ! -path './.churn/store.lock' -exec sha256sum {} + | sort -k 2
}

tab=$(printf '\t')
while IFS=$tab read -r name words; do
  for free in 0 16; do
    at="$told/$name.$free"
    find . -mindepth 1 -delete
    cp -R "$prepared/." . || exit 91
    digests >"$at.before"
    head -c 100m /dev/zero >filler 2>/dev/null
    truncate -s "-${free}k" filler
    eval "\"$node\" \"$program\" $words" >/dev/null 2>"$at.stderr" </dev/null
    echo $? >"$at.code"
    find . -name '*.part' >"$at.left"
    digests >"$at.after"
    rm filler
    eval "\"$node\" \"$program\" $words" >/dev/null 2>"$at.again.stderr" </dev/null
    echo $? >"$at.again.code"
    "$node" "$program" verify --all >/dev/null 2>"$at.verify.stderr" </dev/null
    echo $? >"$at.verify.code"
  done
done <"$cases"
