import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

export interface FakePython {
  /** of shell: what it does instead of making a virtual environment, or of making one with pip */
  readonly venv?: string;
  readonly ensurepip?: string;
  /** instead of saying that it has pip */
  readonly pip?: string;
  /** in the place of the installation; `$site` is the folder to install into */
  readonly install?: string;
}

/**
 * Writes a `python3` that knows what churn asks Python for, and does it without one. It leaves what it was asked for, and the
 * variables that it got, in the file `asked` beside it.
 *
 * @returns the folder that it lies in, for PATH
 */
export async function fakePython(folder: string, { venv, ensurepip, pip, install }: FakePython = {}): Promise<string> {
  const bin = join(folder, "bin");
  await mkdir(bin, { recursive: true });
  const file = join(bin, "python3");
  await writeFile(
    file,
    `#!/bin/sh
echo "$0 $*" >> "${bin}/asked"
make() { mkdir -p "$1/bin" "$1/lib/python3.9/site-packages"; cp "${file}" "$1/bin/python3"; touch "$1/bin/activate" "$1/bin/Activate.ps1"; }
for site; do [ "$previous" = --target ] && break; previous=$site; done
case "$2 $3" in
  "venv --without-pip") ${venv ?? 'make "$4"'} ;;
  "venv "*) ${ensurepip ?? 'make "$3"'} ;;
  "pip --version") ${pip ?? "echo pip 23.0"} ;;
  "pip install") env | sort >> "${bin}/asked"; ${install ?? "true"} ;;
esac
`,
  );
  await chmod(file, 0o755);
  return bin;
}

/** Of shell: installs a library as its wheel does. */
export function installs(library: string): string {
  // The folder as a link: the library finds what it needs beside itself.
  return `mkdir -p "$site/xgboost"; ln -s "$(dirname "${library}")" "$site/xgboost/lib"`;
}
