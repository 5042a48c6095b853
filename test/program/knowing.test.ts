import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { describe, expect } from "vitest";
import * as z from "zod";
import { readLedgerFile } from "../../src/lib/ledger/lines.ts";
import { nightsOf } from "../../src/lib/ledger/nights-of.ts";
import { statusFormat } from "../../src/lib/status/format.ts";
import { whyFormat } from "../../src/lib/why/format.ts";
import { churn, cronEnv, dayBefore, lastDay, program, test } from "../support/churn.ts";
import { complaint, succeeds } from "../support/mistake.ts";

const jsonOf = async (root: string, ...words: readonly string[]): Promise<unknown> =>
  JSON.parse((await succeeds(root, [...words, "--json"])).stdout);
const statusAt = async (root: string, ...words: readonly string[]) =>
  statusFormat.read(await jsonOf(root, "status", ...words), "status");
const whyAt = async (root: string, ...words: readonly string[]) =>
  whyFormat.read(await jsonOf(root, "why", ...words), "why");

describe("after many nights", () => {
  test("status, why, the ledger, the registry and verify tell the same of each", async ({ folder }) => {
    const root = join(folder, "many");
    const generator = fileURLToPath(new URL("../bench/many-nights.mjs", import.meta.url));
    await execa(process.execPath, [
      "--input-type=module",
      "--eval",
      `import { manyNights } from ${JSON.stringify(generator)}; manyNights(${JSON.stringify(root)}, 40, 7);`,
    ]);
    expect((await succeeds(root, ["verify", "--all"])).stdout).toMatch(/✔ night of/);

    const { nights, production, problems, failing } = await statusAt(root, "--nights", "40");
    const known = nights.filter(({ outcome }) => outcome !== "missed");
    const told = nightsOf(readLedgerFile(root)?.events ?? []);
    expect(problems).toEqual([]);
    expect(failing).toBeNull();
    expect(known.map(({ night, outcome, version }) => [night, outcome, version])).toEqual(
      told.map(({ night, outcome, version }) => [night, outcome, version]),
    );
    expect(new Set(nights.map(({ outcome }) => outcome))).toEqual(
      new Set(["first_model", "registered", "not_registered", "failed", "missed"]),
    );
    const { versions } = z
      .object({ versions: z.array(z.object({ version: z.int(), night: z.string(), stage: z.string() })) })
      .parse(await jsonOf(root, "models", "--all"));
    expect(known.flatMap(({ version }) => (version === null ? [] : [version]))).toEqual(
      versions.map(({ version }) => version),
    );
    expect(production?.version).toBe(versions.find(({ stage }) => stage === "Production")?.version);

    const samples = ["first_model", "registered", "not_registered", "failed", "missed"].map((outcome) =>
      nights.find((one) => one.outcome === outcome),
    );
    for (const sample of samples) {
      const story = await whyAt(root, sample?.date ?? "");
      expect([story.date, story.outcome, story.problems]).toEqual([sample?.date, sample?.outcome, []]);
      if (sample?.version != null) expect(story.decision?.version).toBe(sample.version);
      expect(story.comparison?.f1 ?? null).toBe(sample?.f1 ?? null);
      expect(story.files.filter(({ state }) => state !== "present")).toEqual([]);
    }
    const { version } = await whyAt(root, "--version", String(production?.version));
    expect(version?.periods.at(-1)).toMatchObject({ is_current: true, how: "promoted" });
  });
});

describe("of a night", () => {
  test("that a gate stopped and that then succeeds, all is told; its log is followed to its end", async ({
    workspace,
  }) => {
    const stopped = await churn(workspace, ["run-all", "--date", dayBefore, "--set", "gates.row_count=99999"]);
    expect(complaint(stopped).exitCode).toBe(3);
    const status = await statusAt(workspace);
    expect(status).toMatchObject({ production: null, last_success: null, failing: { since: dayBefore, nights: 1 } });
    expect(status.nights.filter(({ outcome }) => outcome !== "missed")).toMatchObject([
      { night: dayBefore, outcome: "failed", stage: "validate", exit_code: 3 },
    ]);
    const failed = await whyAt(workspace, dayBefore);
    expect(failed).toMatchObject({
      outcome: "failed",
      failure: { stage: "validate", details: expect.arrayContaining([expect.stringMatching(/^row_count .* failed$/)]) },
      next: [`churn run-all --date ${dayBefore}`],
    });
    expect(failed.missing[0]).toBe("validate");

    const night = churn(workspace, ["run-all", "--date", dayBefore]);
    const run = await newestRun(workspace, dayBefore, 2);
    const { stdout } = await execa(process.execPath, [program, "logs", "--follow", "--run", run, "--json"], {
      cwd: workspace,
      env: cronEnv,
      extendEnv: false,
    });
    expect((await night).exitCode).toBe(0);
    expect(`${stdout}\n`).toBe(await readFile(join(workspace, "logs", dayBefore, `${run}.jsonl`), "utf8"));
    expect(stdout).toMatch(/"msg":"run ends"}$/);

    await succeeds(workspace, ["promote", "--version", "1", "--yes", "--reason", "the first one"]);
    const story = await whyAt(workspace, "--version", "1");
    expect(story).toMatchObject({
      night: dayBefore,
      outcome: "first_model",
      starts: 2,
      run: { started_by: "other" },
      version: { periods: [{ reason: "the first one", is_current: true }] },
    });
    const { stdout: screen } = await succeeds(workspace, ["why", dayBefore]);
    expect(screen.split("\n").length).toBeLessThan(24);
    for (const line of screen.split("\n")) expect([...line].length).toBeLessThanOrEqual(80);
    // Nothing was started for the sample's last day, which is in the past; all that was started was so on one day, by a person then.
    const { nights, is_unattended } = await statusAt(workspace);
    expect([is_unattended, nights.map(({ night: name }) => name)]).toEqual([false, [dayBefore]]);
    expect(complaint(await churn(workspace, ["why", lastDay]))).toMatchObject({ exitCode: 2 });
  });
});

/** The id of a date's newest run, once there are so many logs. */
async function newestRun(root: string, date: string, runs: number): Promise<string> {
  for (;;) {
    const names = (await readdir(join(root, "logs", date))).sort();
    const newest = names.at(-1);
    if (names.length >= runs && newest !== undefined) return newest.replace(".jsonl", "");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
