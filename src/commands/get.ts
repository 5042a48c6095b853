import { createReadStream, lstatSync, statSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import * as z from "zod";
import { type Command, type CommandContext, defineCommand, type Terminal } from "../lib/cli/command.ts";
import { fileSize } from "../lib/cli/numbers.ts";
import { visible } from "../lib/cli/visible.ts";
import { InputError, UsageError } from "../lib/errors.ts";
import { writeFileAtomic } from "../lib/files/atomic.ts";
import { damageOfFile } from "../lib/integrity/night.ts";
import type { Archive } from "../lib/stage/archive.ts";
import type { Stage } from "../lib/stage/define.ts";
import { findFile } from "../lib/stage/find-file.ts";
import { workspaceId } from "../lib/store/id.ts";
import type { StoredFile } from "../lib/store/store.ts";
import { openWorkspace } from "../lib/workspace/workspace.ts";

const flags = z.strictObject({
  key: z.string().optional().meta({ positional: true }).describe("of the file, as churn ls has it"),
  output: z
    .string()
    .min(1)
    .optional()
    .meta({ short: "o", value: "file" })
    .describe("where it goes: a file or folder, - for stdout; by default here, under its own name"),
  force: z.boolean().default(false).describe("replace a file that is there"),
});

/** Fetches a file of the store, and holds it to its record. */
export function get(stages: readonly Stage[]): Command<typeof flags> {
  return defineCommand({
    name: "get",
    group: "The files",
    summary: "fetches one, held to its record",
    flags,

    async run(context, { key, output, force }) {
      const { terminal } = context;
      if (key === undefined)
        throw new UsageError("which file? churn get takes a KEY", "churn ls --date DATE lists a night's keys");
      const { store, redact } = await openWorkspace(context);
      const archive = { store, workspaceId: (await workspaceId(store)) ?? "", stages, redact };
      const file = await findFile(archive, key);
      const target = output === "-" ? undefined : targetOf(context, file.key, output, force);
      if (target === undefined && terminal.onScreen && file.key.endsWith(".parquet"))
        throw new UsageError(`${file.key} is no text for a terminal`, `churn cat ${file.key} shows its first rows`);

      const path = await store.local(file).catch(async (error: unknown) => {
        throw await withRemedy(error, archive, file);
      });
      if (target === undefined) return await printFile(terminal, path);
      await writeFileAtomic(target, (place) => copyFile(path, place));
      if (context.json) terminal.printJson({ ...fileJson(file), path: target });
      else terminal.say(visible(`${target}, ${fileSize(file.size_bytes)}`));
    },
  });
}

/** Of a file that isn't as its record says: what `churn verify` says of it. */
async function withRemedy(error: unknown, archive: Archive, file: StoredFile): Promise<unknown> {
  const damage = error instanceof InputError ? await damageOfFile(archive, file) : undefined;
  return damage === undefined ? error : new InputError(damage.message, damage.remedy, { cause: error });
}

function fileJson({ key, size_bytes, sha256 }: { key: string; size_bytes: number; sha256: string }) {
  return { key, size_bytes, sha256 };
}

/** Where the file goes. @throws {UsageError} when something is there already, or no folder to put it into */
function targetOf({ cwd }: Pick<CommandContext, "cwd">, key: string, output: string | undefined, force: boolean) {
  const named = resolve(cwd, output ?? basename(key));
  const target = output !== undefined && isFolder(named) ? join(named, basename(key)) : named;
  if (!isFolder(dirname(target)))
    throw new UsageError(`there is no folder ${dirname(target)} to put ${basename(target)} into`, "make it first");
  if (isFolder(target)) throw new UsageError(`${target} is a folder`, "--output names another place");
  const there = lstatSync(target, { throwIfNoEntry: false });
  // What isn't a file is nobody's to replace: a device belongs to the machine, and a pipe has a reader.
  if (there !== undefined && !(there.isFile() || there.isSymbolicLink()))
    throw new UsageError(`${target} is no file`, "--output names another place, and - is stdout");
  if (there !== undefined && !force)
    throw new UsageError(`${target} is there already`, "--force replaces it, --output names another place");
  return target;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

async function printFile(terminal: Terminal, path: string): Promise<void> {
  for await (const chunk of createReadStream(path)) terminal.printBytes(chunk);
}
