# Runs commands on a small file system that is full, and once more where there is space again.
# full-disk-commands.sh DISK PREPARED TOLD NODE PROGRAM CASES
# CASES is a file with a case a line, by tabs: its name; `reads` for one that is to write nothing, whose disk the next one gets, else `writes`;
# how many kB are left free; and the command's words as a shell takes them. Each that writes begins with what is PREPARED.
# Of a case NAME: TOLD/NAME.code, .stderr, .left (unfinished files), .before and .after (digests of all files), and of one that writes
# .again.code, .again.stderr, .verify.code and .verify.stderr. Run in a mount namespace, which takes the disk with it.
set -u
disk=$1 prepared=$2 told=$3 node=$4 program=$5 cases=$6

mount -t tmpfs -o size=24m,mode=700 tmpfs "$disk" || exit 90
cd "$disk" || exit 92

digests() {
  find . -type f ! -name filler ! -path './logs/*' ! -path './.churn/lock' ! -path './.churn/store.lock' -exec sha256sum {} + | sort -k 2
}
begin() {
  find . -mindepth 1 -delete
  cp -R "$prepared/." . || exit 91
  digests >"$told/digests"
}
fill() {
  head -c 100m /dev/zero >filler 2>/dev/null
  truncate -s "-$1k" filler
}
tell() {
  at=$1
  shift
  eval "\"$node\" \"$program\" $*" >/dev/null 2>"$at.stderr" </dev/null
  echo $? >"$at.code"
}

begin
fill 0
tab=$(printf '\t')
while IFS=$tab read -r name kind free words; do
  if [ "$kind" = writes ]; then
    begin
    fill "$free"
  fi
  cp "$told/digests" "$told/$name.before"
  tell "$told/$name" "$words"
  find . -name '*.part' >"$told/$name.left"
  digests >"$told/$name.after"
  [ "$kind" = writes ] || continue
  rm filler
  tell "$told/$name.again" "$words"
  tell "$told/$name.verify" verify --all
done <"$cases"
