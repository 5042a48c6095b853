# Runs each stage on a small file system: with no block free, with a few, and with space again.
# full-disk.sh DISK TOLD RESULT NODE PROGRAM DATE FILES STAGE…
# What a stage said goes to TOLD, what there was in the end to RESULT. Run in a mount namespace, which takes the disk with it.
set -u
disk=$1 told=$2 result=$3 node=$4 program=$5 date=$6 files=$7
shift 7

mount -t tmpfs -o size=20m,mode=700 tmpfs "$disk" || exit 90
cp $files "$disk" || exit 91
cd "$disk" || exit 92

for stage in "$@"; do
  for free in 0 16; do
    head -c 100m /dev/zero >filler 2>/dev/null
    truncate -s "-${free}k" filler
    "$node" "$program" "$stage" --date "$date" >/dev/null 2>"$told/$stage.$free.stderr"
    echo $? >"$told/$stage.$free.code"
    {
      find . -name '*.part'
      ls "records/$date/$stage.json" 2>/dev/null
    } >"$told/$stage.$free.left"
    rm filler
  done
  "$node" "$program" "$stage" --date "$date" >/dev/null 2>"$told/$stage.after.stderr"
done
cp -R . "$result"
