import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { churn, dayBefore, lastDay } from "../support/churn.ts";
import { workspaceAfter } from "../support/mistake.ts";

const test = workspaceAfter();

/** Node's clock stands just before midnight of the sample's last day where run-all asks, and after it for every stage. */
async function clockAcrossMidnight(folder: string): Promise<Readonly<Record<string, string>>> {
  const file = join(folder, "clock.cjs");
  await writeFile(
    file,
    `const Real = Date;
     const time = Real.parse("${lastDay}T23:59:59.900Z") + (process.argv.includes("run-all") ? 0 : 5_000);
     globalThis.Date = class extends Real {
       constructor(...given) { if (given.length === 0) super(time); else super(...given); }
       static now() { return time; }
     };`,
  );
  return { NODE_OPTIONS: `--require ${file}`, CHURN_TIMEZONE: "UTC" };
}

async function nights(workspace: string): Promise<string[]> {
  return await readdir(join(workspace, "records"));
}

describe("a run that goes on past midnight", () => {
  test.for([
    [[], lastDay],
    [["--date", "today"], lastDay],
    [["--date", "yesterday"], dayBefore],
  ] as const)("run-all %j has the date on which it began", async ([words, night], { workspace, folder }) => {
    const env = await clockAcrossMidnight(folder);
    expect(await churn(workspace, ["run-all", "--to", "validate", ...words], env)).toMatchObject({ exitCode: 0 });
    expect(await nights(workspace)).toEqual([night]);
  });

  test("has the date of the configured time zone, whatever TZ says", async ({ workspace, folder }) => {
    const env = { ...(await clockAcrossMidnight(folder)), TZ: "Pacific/Kiritimati" };
    expect(await churn(workspace, ["run-all", "--to", "validate"], env)).toMatchObject({ exitCode: 0 });
    expect(await nights(workspace)).toEqual([lastDay]);
  });

  test("a snapshot that may still come is asked for by the day on which the run began", async ({
    workspace,
    folder,
  }) => {
    const env = { ...(await clockAcrossMidnight(folder)), CHURN_TIMEZONE: "Pacific/Kiritimati" };
    expect(await churn(workspace, ["run-all"], env)).toMatchObject({
      exitCode: 75,
      stderr: expect.stringContaining("no snapshot for today, 2026-11-23, in customers.duckdb yet"),
    });
  });

  test("stages by hand are one run where CHURN_NOW says when it began", async ({ workspace, folder }) => {
    const env = await clockAcrossMidnight(folder);
    const began = { CHURN_NOW: String(Date.parse(`${lastDay}T23:59:58Z`) / 1000) };
    for (const stage of ["extract", "validate"]) {
      expect(await churn(workspace, [stage], { ...env, ...began })).toMatchObject({ exitCode: 0 });
    }
    expect(await nights(workspace)).toEqual([lastDay]);
    expect(await churn(workspace, ["validate"], env)).toMatchObject({
      exitCode: 4,
      stderr: expect.stringContaining("extract has not succeeded for 2026-11-23"),
    });
  });
});
