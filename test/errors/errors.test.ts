import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { ChurnError } from "../../src/lib/errors.ts";
import { errorSites } from "../support/error-sites.ts";
import type { Row } from "./row.ts";
import { source } from "./source.ts";

/** Every sentence with which churn ends, by the room that says it: what causes it, the next step, the exit code. */
const table: Readonly<Record<string, readonly Row[]>> = { source };

describe.each(Object.entries(table))("%s", (_, rows) => {
  test.each(rows)("$cause", async ({ by, code, says, next }) => {
    const folder = await realpath(await mkdtemp(join(tmpdir(), "churn-error-")));
    try {
      const said = await saidBy(() => by(folder), folder);
      expect(said).toEqual({ code, says: expect.stringMatching(asPattern(says)), next });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

async function saidBy(act: () => unknown, folder: string) {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof ChurnError)) throw error;
    const named = (text: string) => text.replaceAll(folder, "FOLDER");
    return { code: error.exitCode, says: named(error.message), next: error.hint && named(error.hint) };
  }
  throw new Error("nothing was said");
}

/** … stands for any text. */
function asPattern(says: string): RegExp {
  const parts = says.split("…").map((part) => part.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&"));
  return new RegExp(`^${parts.join("[\\s\\S]*")}$`);
}

test("every sentence of src stands in the table", async () => {
  const rows = Object.values(table).flat();
  const sites = await errorSites(resolve("src"));
  const missing = sites
    .filter(({ sentences }) => sentences?.some((sentence) => !rows.some(({ says }) => sentence.test(says))))
    .map(({ file, line }) => `${file}:${line}`);
  expect(missing).toEqual([]);
});
