import { spawn } from "node:child_process";
import { appendFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { logs as logsOf } from "../../src/commands/logs.ts";
import { lineOf } from "../../src/lib/ledger/events.ts";
import { pipeline } from "../../src/pipeline.ts";
import { least } from "../support/config-workspace.ts";
import { test } from "../support/folder.ts";
import { event, RUN, writeLedger } from "../support/ledger-events.ts";
import { contextIn, quietTerminal } from "../support/quiet-terminal.ts";
import { releasedWorkspace } from "../support/released.ts";

const logs = logsOf(pipeline);
type Flags = Parameters<typeof logs.run>[1];

async function printed(root: string, flags: Partial<Flags> = {}, json = false) {
  const { terminal, printed: lines, said } = quietTerminal();
  await logs.run(contextIn(root, terminal, { json }), {
    date: undefined,
    stage: undefined,
    run: undefined,
    follow: false,
    ...flags,
  });
  return { lines, said };
}

describe("logs", () => {
  test("shows the newest run's lines, of one stage if that is asked; to programs as they are", async () => {
    await using left = await releasedWorkspace("1.8.0");
    const { lines, said } = await printed(left.root);
    expect(said).toEqual(["run 20261127T193937Z-0dcc   logs/2026-11-22/20261127T193937Z-0dcc.jsonl"]);
    expect(lines[0]).toMatch(/^19:39:37 {2}run-all {4}run starts {2}command churn -C/);
    expect(lines.at(-1)).toBe("19:39:40  run-all    run ends");
    for (const line of lines) expect([...line].length).toBeLessThanOrEqual(80);
    const ofStage = (await printed(left.root, { stage: "evaluate", run: "0dcc" })).lines;
    expect(ofStage.filter((line) => /^\d/.test(line)).every((line) => line.slice(10, 18) === "evaluate")).toBe(true);
    expect(ofStage.join("\n")).toContain("error  stage failed:");

    const file = await readFile(join(left.root, "logs/2026-11-20/20261127T193929Z-4232.jsonl"), "utf8");
    const asIs = await printed(left.root, { date: "2026-11-20" }, true);
    expect(`${asIs.lines.join("\n")}\n`).toBe(file);
    expect(asIs.said).toEqual([]);
  });

  test("a stage that isn't there is refused, with what was meant", async ({ folder }) => {
    await expect(printed(folder, { stage: "trian" })).rejects.toMatchObject({
      exitCode: 2,
      message: "--stage trian: there is no such stage",
      hint: "did you mean train?",
    });
  });

  test("--follow goes on with a run that is at work, up to its last line", async ({ folder }) => {
    await writeFile(join(folder, "churn.yaml"), `${least}timezone: UTC\n`);
    const path = join(folder, "logs/2026-11-23", `${RUN}.jsonl`);
    await mkdir(join(folder, "logs/2026-11-23"), { recursive: true });
    const line = (msg: string) =>
      `{"level":"info","time":"2026-11-23T05:00:00.000Z","night":"2026-11-23","stage":"run-all","msg":"${msg}"}\n`;
    await writeFile(path, line("run starts"));
    const sleeper = spawn("sleep", ["60"]);
    await writeLedger(folder, [event("run_started", { host: hostname(), process: sleeper.pid ?? 0 })]);
    const following = printed(folder, { follow: true });
    setTimeout(() => void appendFile(path, line("something happens")), 400);
    setTimeout(async () => {
      await appendFile(join(folder, "ledger.jsonl"), `${lineOf(event("run_ended"))}\n`);
      await appendFile(path, line("run ends"));
    }, 800);
    const { lines } = await following;
    sleeper.kill();
    expect(lines.map((one) => one.slice(21))).toEqual(["run starts", "something happens", "run ends"]);
    // Of one that is over it shows what there is.
    expect((await printed(folder, { follow: true })).lines).toHaveLength(3);
  });
});
