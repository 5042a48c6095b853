import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import * as z from "zod";
import { comparison, registration, validation } from "../../src/lib/artifacts/artifacts.ts";
import { VERSIONS } from "../../src/lib/workspace/versions.ts";
import { test as base } from "../support/churn.ts";
import { succeeds } from "../support/mistake.ts";
import { readArtifact } from "../support/read-artifact.ts";
import { releasedVersions, releasedWorkspace } from "../support/released.ts";
import { sweep } from "../support/sweep.ts";

/**
 * Nights 20 and 21 of a released workspace are decided, with version 1 in Production and version 2 in Staging; a gate stopped
 * 22 in one run, evaluate failed in the next; no night has seen the customers of 23.
 */
describe.each(sweep(releasedVersions, 3))("a workspace that churn %s left", (version) => {
  const test = base.extend<{ left: string }>({
    // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixture's needs from the pattern
    left: async ({}, use) => {
      await using workspace = await releasedWorkspace(version);
      await use(workspace.root);
    },
  });

  test("has its models, its decided nights, and a next night that production judges", async ({ left }) => {
    const models = JSON.parse((await succeeds(left, ["models", "--json"])).stdout);
    expect(models).toMatchObject({
      versions: [
        { version: 2, stage: "Staging", night: "2026-11-21", f1: expect.any(Number) },
        { version: 1, stage: "Production", night: "2026-11-20", f1: expect.any(Number) },
      ],
    });
    for (const date of ["2026-11-20", "2026-11-21"]) {
      const { stdout } = await succeeds(left, ["run-all", "--date", date]);
      expect(stdout).toMatch(/^Night of .* was decided at .* Nothing to do/);
    }

    // Before columns had kinds, text may have been unique, so it is decided anew; numbers and dates are what they were.
    const text = ["1.0.0", "1.1.0"].includes(version) ? null : "categorical";
    const kinds = async (night: string) => {
      const { columns } = await readArtifact(left, validation, night);
      return Object.fromEntries(columns.map(({ name, kind }) => [name, kind]));
    };
    const numbers = { tenure_months: "numeric", total_charges: "numeric", signup_date: "date", churned: "boolean" };
    expect(await kinds("2026-11-21")).toMatchObject({ ...numbers, contract_type: text, customer_id: text });

    await succeeds(left, ["run-all", "--date", "2026-11-23"]);
    expect(await kinds("2026-11-23")).toMatchObject({
      ...numbers,
      contract_type: "categorical",
      customer_id: "categorical",
    });
    const judged = await readArtifact(left, comparison, "2026-11-23");
    expect(judged.production).toMatchObject({ version: 1, problem: null, metrics: { f1: expect.any(Number) } });
    expect(judged.outcome).toBe(judged.should_deploy ? "better" : "not_better");
    expect(await readArtifact(left, registration, "2026-11-23")).toMatchObject({
      registered: judged.should_deploy,
      version: judged.should_deploy ? 3 : null,
      reason: judged.reason,
    });
    const schema = z.object({ $comment: z.string() });
    expect(schema.parse(JSON.parse(await readFile(join(left, ".churn", "churn.schema.json"), "utf8")))).toEqual({
      $comment: `churn ${VERSIONS.churn}`,
    });
  });

  test("has its candidate promoted, its failed night resumed and a decided one decided anew", async ({ left }) => {
    await succeeds(left, ["promote", "--version", "2", "--yes"]);

    const resumed = await succeeds(left, ["run-all", "--date", "2026-11-22"]);
    const same = version === VERSIONS.churn;
    for (const stage of ["extract", "validate", "transform", "features", "train"]) {
      const why = same ? "up to date" : `(churn was ${version}, is ${VERSIONS.churn})`;
      expect(lineOf(resumed.stderr, stage)).toContain(why);
    }
    expect(lineOf(resumed.stderr, "evaluate")).toMatch(/\(failed in run \w{4}\)$/);
    expect((await readArtifact(left, comparison, "2026-11-22")).production).toMatchObject({
      version: 2,
      problem: null,
    });

    const again = await succeeds(left, ["run-all", "--date", "2026-11-21", "--again", "--from", "train"]);
    for (const stage of ["extract", "validate", "transform", "features"]) {
      expect(lineOf(again.stderr, stage)).toContain("taken as it is");
    }
    // All of it was promoted later than that date.
    expect(await readArtifact(left, comparison, "2026-11-21.2")).toMatchObject({
      outcome: "older_night",
      production: null,
      older: { current_version: 2, known_by: "nothing tells of one" },
    });
  });
});

/** The stage's line in the table of a night. */
function lineOf(table: string, stage: string): string | undefined {
  return table.split("\n").find((line) => line.includes(` ${stage} `));
}
