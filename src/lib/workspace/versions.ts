import { createRequire } from "node:module";
import * as z from "zod";
import churn from "../../../package.json" with { type: "json" };

const require = createRequire(import.meta.url);
const manifest = z.object({ version: z.string() });

/** What the files of a stage depend on besides their inputs: another version may write other bytes. Nothing is loaded for it. */
export const VERSIONS = {
  churn: churn.version,
  duckdb: installed("@duckdb/node-bindings"),
  "ml-xgboost": installed("ml-xgboost"),
} as const;

function installed(name: string): string {
  return manifest.parse(require(`${name}/package.json`)).version;
}

/** Whether a version of churn came before another: 1.9.0 before 1.10.0. */
export function isOlder(version: string, other: string): boolean {
  return version.localeCompare(other, "en", { numeric: true }) < 0;
}
