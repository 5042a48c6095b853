import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Writes a `crontab` that keeps its table in a file, the real one's being the user's own.
 *
 * @param refusal  of shell: what it does before anything else
 * @returns        the folder that it lies in, for PATH, and the table's file
 */
export async function fakeCrontab(folder: string, refusal = "true"): Promise<{ bin: string; table: string }> {
  const bin = join(folder, "cron bin");
  const table = join(bin, "table");
  await mkdir(bin, { recursive: true });
  const file = join(bin, "crontab");
  await writeFile(
    file,
    `#!/bin/sh
table="${table}"
${refusal}
[ "$1" = - ] || [ -e "$table" ] || { echo "no crontab for $(id -un)" >&2; exit 1; }
case "$1" in
  -l) cat "$table" ;;
  -r) rm "$table" ;;
  -) cat > "$table" ;;
esac
`,
  );
  await chmod(file, 0o755);
  return { bin, table };
}
