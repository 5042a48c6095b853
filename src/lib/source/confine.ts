import { dirname } from "node:path";
import type { Database } from "../duckdb/database.ts";
import { literalPattern } from "../duckdb/sql.ts";
import { realPath } from "../files/real-path.ts";
import { contains } from "../files/within.ts";
import type { SourceSettings } from "./query.ts";

/**
 * From here on SQL that isn't churn's, a query's or that of a source's views, reads files of the workspace, of the folders that the
 * source's own files lie in, and of source.files; none else, and no network.
 *
 * @param files    the source's own, absolute; one may be a link
 * @param folders  absolute: where churn itself is to read and write with this database
 */
export async function confine(
  db: Pick<Database, "shutOutside">,
  { root, files: granted }: Pick<SourceSettings, "root" | "files">,
  files: readonly string[],
  folders: readonly string[],
): Promise<void> {
  const own = files.flatMap((file) => [dirname(file), dirname(realPath(file))]);
  const named = [root, ...granted, ...own, ...folders];
  await db.shutOutside(outermost(named.flatMap((folder) => [folder, realPath(folder)])));
}

/** Without those that lie in another one; each as patterns name it, too: a file is found by one, and looked at by its name. */
function outermost(folders: readonly string[]): string[] {
  const sorted = [...new Set(folders)].sort();
  const kept: string[] = [];
  for (const folder of sorted) if (!kept.some((outer) => contains(outer, folder))) kept.push(folder);
  return [...new Set(kept.flatMap((folder) => [folder, literalPattern(folder)]))];
}
