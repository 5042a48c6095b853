import { createRequire } from "node:module";
import * as z from "zod";
import churn from "../../../package.json" with { type: "json" };

const require = createRequire(import.meta.url);
const manifest = z.object({ version: z.string() });

/** What the files of every stage depend on besides their inputs: another version may write other bytes. */
export const VERSIONS: Readonly<Record<"churn" | "duckdb", string>> = {
  churn: churn.version,
  duckdb: packageVersion("@duckdb/node-bindings"),
};

/** The oldest Node that churn runs on: "20.18.1". */
export const OLDEST_NODE: string = churn.engines.node.replace(/^>=/, "");

/** The version of a package as it is installed. Nothing but its manifest is read. */
export function packageVersion(name: string): string {
  return manifest.parse(require(`${name}/package.json`)).version;
}

/**
 * Whether a version of churn, three numbers with points between, came before another: 1.9.0 before 1.10.0. Not by
 * localeCompare, which loads Intl: 9 ms a process.
 */
export function isOlder(version: string, other: string): boolean {
  const [own, others] = [version, other].map((text) => text.split(".").map(Number));
  const apart = own?.map((part, index) => part - (others?.[index] ?? 0)).find((difference) => difference !== 0);
  return apart !== undefined && apart < 0;
}
