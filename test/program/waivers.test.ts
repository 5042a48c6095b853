import { readFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import * as z from "zod";
import { validation } from "../../src/lib/artifacts/artifacts.ts";
import { readLedgerFile } from "../../src/lib/ledger/lines.ts";
import { churn, lastDay } from "../support/churn.ts";
import { writeDuckdb } from "../support/data-night.ts";
import { complaint, refuses, replaceIn, succeeds, workspaceAfter } from "../support/mistake.ts";
import { readArtifact } from "../support/read-artifact.ts";

const test = workspaceAfter();
const extracted = z.object({ outputs: z.object({ customers: z.object({ sha256: z.string() }) }) });

/** The last day's snapshot loses a hundred customers. */
async function deliverFewer(workspace: string): Promise<void> {
  const day = `snapshot_date = DATE '${lastDay}'`;
  const some = `SELECT customer_id FROM customers WHERE ${day} ORDER BY customer_id LIMIT 100`;
  const file = join(workspace, "customers.duckdb");
  await writeDuckdb(file, `DELETE FROM customers WHERE ${day} AND customer_id IN (${some})`);
}

/** A secret by its form, in what a person writes. */
const TOKEN = `ghp_${"a1B2c3D4e5".repeat(3)}`;

test("a gate that stopped the night is waived once, for that file, and everything that tells of the night says so", async ({
  workspace,
}) => {
  await replaceIn(join(workspace, "churn.yaml"), /row_count: 1000 /, "row_count: 9000 ");
  const run = ["run-all", "--date", lastDay];
  const stopped = await churn(workspace, run);
  expect(complaint(stopped)).toMatchObject({
    exitCode: 3,
    next: expect.arrayContaining([`churn run-all --date ${lastDay} --accept row_count --reason "…"`]),
  });

  // Mistakes change nothing, and begin no run.
  const why = ["--reason", `two branches were closed, says ${TOKEN}`];
  expect(await refuses(workspace, [...run, "--accept", "leakage", ...why])).toEqual({
    exitCode: 2,
    error: "--accept leakage: this gate has not failed, there is nothing to waive",
    next: ["what can be waived: row_count"],
  });
  expect(await refuses(workspace, [...run, "--accept", "null_ids", ...why])).toMatchObject({ exitCode: 2 });
  expect(await refuses(workspace, [...run, "--accept", "row_count"])).toMatchObject({ exitCode: 2 });

  const waiving = [...run, "--accept", "row_count", ...why];
  const sentence = `gate row_count waived by ${userInfo().username}: two branches were closed, says ***`;
  const { stdout, stderr } = await succeeds(workspace, waiving);
  expect(stderr).toMatch(/✔ extract .*\(validate has not accepted it yet\)/);
  expect(stderr).toMatch(/✔ validate .* 1 waived, /);
  expect(stdout).toContain(sentence);

  const waived = { by: userInfo().username, reason: "two branches were closed, says ***" };
  const { gates } = await readArtifact(workspace, validation, lastDay);
  expect(gates.filter((gate) => gate.waived !== null)).toMatchObject([{ gate: "row_count", waived }]);
  const events = readLedgerFile(workspace)?.events ?? [];
  expect(events.filter(({ event }) => event === "waived")).toMatchObject([{ gates: ["row_count"], ...waived }]);
  expect(await readFile(join(workspace, `notifications/${lastDay}.txt`), "utf8")).toContain(sentence);
  for (const name of ["ledger.jsonl", `records/${lastDay}/validate.json`, `notifications/outbox/${lastDay}.json`])
    expect(await readFile(join(workspace, name), "utf8"), name).not.toContain(TOKEN);

  // The same words again have nothing to do; others come too late.
  expect((await succeeds(workspace, waiving)).stdout).toContain("Nothing to do");
  expect(await refuses(workspace, [...run, "--accept", "leakage", ...why])).toMatchObject({
    exitCode: 2,
    next: [`churn run-all --date ${lastDay} --again decides anew`],
  });

  // The source delivers another file for the same date: what was said of the one before doesn't hold for that.
  const before = readLedgerFile(workspace)?.events.length ?? 0;
  expect(complaint(await churn(workspace, [...run, "--again"])).exitCode).toBe(3);
  await deliverFewer(workspace);
  const other = await churn(workspace, waiving);
  expect(complaint(other).exitCode).toBe(3);
  expect(other.stderr).toMatch(/the source has other customers by now \(sha256 \w+…, \w+… was\s+stopped\)/);
  const since = () => (readLedgerFile(workspace)?.events ?? []).slice(before).filter(({ event }) => event === "waived");
  expect(since()).toEqual([]);
  expect((await succeeds(workspace, waiving)).stdout).toContain(sentence);
  const { outputs } = extracted.parse(
    JSON.parse(await readFile(join(workspace, `records/${lastDay}.2/extract.json`), "utf8")),
  );
  expect(since()).toMatchObject([{ gates: ["row_count"], sha256: outputs.customers.sha256 }]);

  // By hand, for a night that is not decided yet: the stage waives, and run-all goes on from there.
  const anew = [...run, "--again"];
  expect(complaint(await churn(workspace, anew)).exitCode).toBe(3);
  const byHand = await succeeds(workspace, ["validate", "--date", `${lastDay}.3`, "--accept", "row_count", ...why]);
  expect(byHand.stdout).toMatch(/^validate {2}.* 1 waived, /);
  expect((await succeeds(workspace, run)).stdout).toContain(sentence);
});
