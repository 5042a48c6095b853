import { refuseSecrets } from "../config/secrets.ts";
import { sourceSection } from "../config/source-section.ts";
import { UsageError } from "../errors.ts";
import { expandHome, homeFolder } from "../files/home.ts";
import { openSource } from "../source/open.ts";
import { isBucketUrl } from "../source/s3/address.ts";
import { isServerUrl } from "../source/server/schemes.ts";
import { readEnvironment } from "../workspace/env.ts";
import { measuredCatalogue } from "./measure.ts";
import { type Proposal, propose } from "./propose.ts";

/** A source as it is named on the command line, and what its own catalogue makes of `dataset`. */
export interface LookedAt {
  readonly url: string;
  readonly table: string | undefined;
  readonly proposal: Proposal;
}

/**
 * Looks at a source for a first churn.yaml.
 *
 * @param request.root   the workspace's folder: relative paths start there
 * @param request.today  YYYY-MM-DD
 * @throws {UsageError} when the source is named wrongly, or its address has a password in it
 * @throws {UsageError | ServiceError | TryLaterError} as the source does
 */
export async function lookAt({
  from,
  table,
  root,
  env,
  today,
}: {
  readonly from: string;
  readonly table: string | undefined;
  readonly root: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly today: string;
}): Promise<LookedAt> {
  refuseSecrets(from, ["source", "url"], () => ({ place: "--from", within: "on a command line" }));
  if (isBucketUrl(from)) {
    throw new UsageError(
      "--from looks at files of this machine and at databases, not at a bucket",
      "churn init --from csv:FILE, with one of its files here; then write its address into source.url",
    );
  }
  const isDatabase = isServerUrl(from) || from.startsWith("duckdb:");
  if (isDatabase && table === undefined) {
    throw new UsageError(
      "--from names a database, and --table doesn't say which of its tables",
      "churn init --from URL --table TABLE",
    );
  }
  const parsed = sourceSection.safeParse({ url: from, ...(isDatabase ? { table } : {}) });
  if (!parsed.success) {
    throw new UsageError(
      "--from takes duckdb:FILE, parquet:FILES, csv:FILES, jsonl:FILES, or a postgres:// or mysql:// address",
      "churn init --from csv:customers.csv",
    );
  }
  const environment = readEnvironment(env, root);
  const home = environment.get("HOME");
  const url = isServerUrl(from)
    ? from
    : from.replace(/:(.*)$/s, (_, path: string) => `:${expandHome(path, () => homeFolder(home))}`);
  const source = openSource({ ...parsed.data, url }, root, environment);
  const catalogue = await (source.catalogue?.() ?? measuredCatalogue(source, today));
  const asked = isDatabase ? table : undefined;
  return { url: from, table: asked, proposal: propose(catalogue, asked) };
}

/** What a person has to decide, a line each. */
export function questionsOf({ id, date, target }: Proposal): string[] {
  const keys = [
    ["dataset.id", id],
    ["dataset.date", date],
    ["dataset.target", target],
  ] as const;
  return keys.flatMap(([key, { remark, isQuestion }]) => (isQuestion ? [`${key}: ${remark}`] : []));
}
