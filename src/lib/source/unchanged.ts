import { stat } from "node:fs/promises";
import type { Database } from "../duckdb/database.ts";
import { TryLaterError } from "../errors.ts";
import { orUndefined } from "../files/absent.ts";
import { fileName, findFiles } from "./paths.ts";
import type { SourceSettings } from "./query.ts";
import type { Awaited } from "./ready.ts";
import type { SourceSession } from "./source.ts";

/** Says whether somebody wrote since files were found: what to throw then, since neither rows nor an error are worth anything. */
export type WrittenSince = () => Promise<TryLaterError | undefined>;

/**
 * Notes how the files of a source are.
 *
 * @param files  as `findFiles` gives them
 */
export async function watchFiles(
  settings: SourceSettings,
  files: readonly string[],
  awaited: Awaited,
): Promise<WrittenSince> {
  // Nobody else writes to copies.
  if (settings.copiesOf !== undefined) return async () => undefined;
  const before = await statesOf(files);
  return async () => {
    // What can no longer be found has changed as well: its files are gone from the second list.
    const found = await findFiles(settings, awaited).catch(() => undefined);
    const after = await statesOf(found?.files ?? []);
    const names = [...before.keys(), ...after.keys()];
    const changed = names.find((file) => before.get(file) !== after.get(file));
    if (changed === undefined) return undefined;
    return new TryLaterError(
      `source.url: ${fileName(settings, changed)} was written while it was read`,
      "run it again once it is whole",
    );
  };
}

async function statesOf(files: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const states = files.map(async (file) => {
    const found = await orUndefined(() => stat(file, { bigint: true }));
    // A file that is replaced as a whole has another inode, and perhaps the same size.
    return [file, found === undefined ? "gone" : `${found.ino} ${found.size} ${found.mtimeNs}`] as const;
  });
  return new Map(await Promise.all(states));
}

/** A session whose answers, and whose errors, hold only where nobody wrote meanwhile. */
export function heldStill(db: Database, session: SourceSession, written: WrittenSince): SourceSession {
  const checked = async <Result>(read: Promise<Result>): Promise<Result> => {
    const [result] = await Promise.allSettled([read]);
    const error = await written();
    if (error !== undefined) throw error;
    if (result.status === "rejected") throw result.reason;
    return result.value;
  };
  return {
    ...session,
    newestDate: (column, today) => checked(session.newestDate(column, today)),
    count: (day) => checked(session.count(day)),
    load: async (table, wanted) => {
      try {
        return await checked(session.load(table, wanted));
      } catch (error) {
        await db.run(`DROP TABLE IF EXISTS ${table}`);
        throw error;
      }
    },
  };
}
