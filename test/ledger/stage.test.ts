import { describe, expect } from "vitest";
import { readLedgerFile } from "../../src/lib/ledger/lines.ts";
import { tellerOfStage } from "../../src/lib/ledger/stage.ts";
import { openLedgerWriter } from "../../src/lib/ledger/writer.ts";
import { recordKey } from "../../src/lib/stage/record.ts";
import { decide, deciding } from "../support/decided-night.ts";
import { NIGHT } from "../support/ledger-events.ts";
import { test as records } from "../support/records.ts";

/** The run of all records that tests leave. */
const DECIDING = "20261123T050000Z-0001";
const test = records.extend<{ tell: (stage: string) => ReturnType<typeof tellerOfStage>; root: string }>({
  root: async ({ archive }, use) => use(archive.store.address),
  tell: async ({ archive, root }, use) => {
    const writer = openLedgerWriter({ root, run: DECIDING, redact: String, onWarn: () => {} });
    await use((stage) => tellerOfStage(writer, deciding(archive), { night: NIGHT, stage }));
  },
});
const told = (root: string) => readLedgerFile(root)?.events ?? [];

describe("a stage", () => {
  test("tells of its begin, why it runs, and of its end", async ({ tell, root }) => {
    const stage = tell("train");
    stage.begin("forced");
    await stage.end("failed", "it ran out of memory", 5);
    expect(told(root)).toMatchObject([
      { event: "stage_started", night: NIGHT, stage: "train", reason: "forced" },
      { event: "stage_ended", stage: "train", outcome: "failed", text: "it ran out of memory", exit_code: 5 },
    ]);
  });

  test("that has not begun, or has told its end, tells none", async ({ tell, root }) => {
    const stage = tell("train");
    await stage.end("failed", "its inputs are missing", 4);
    expect(told(root)).toEqual([]);
    stage.begin(null);
    await stage.end("succeeded", "100 trees", 0);
    await stage.end("failed", "too late", 5);
    expect(told(root)).toHaveLength(2);
  });
});

describe("the success that decides a night", () => {
  test("is followed by what was decided", async ({ archive, tell, root }) => {
    await decide(archive, NIGHT);
    for (const [stage, outcome] of [
      ["compare", "succeeded"],
      ["register", "succeeded"],
      ["register", "succeeded"],
    ] as const) {
      const one = tell(stage);
      one.begin(null);
      await one.end(outcome, stage, 0);
    }
    const events = told(root);
    expect(events.map(({ event }) => event)).toEqual([
      ...Array(2).fill(["stage_started", "stage_ended"]).flat(),
      "registered",
      // It is told once.
      ...["stage_started", "stage_ended"],
    ]);
    expect(events[4]).toMatchObject({ night: NIGHT, outcome: "better", version: 4, f1: 0.571, auc_roc: 0.841 });
  });

  test("is told though its process was killed behind its last word, and not for another run's", async ({
    archive,
    tell,
    root,
  }) => {
    const end = async () => {
      const stage = tell("register");
      stage.begin(null);
      await stage.end("failed", "killed by SIGKILL", 5);
      return told(root).map(({ event }) => event);
    };
    await decide(archive, NIGHT, {}, { run: "20261123T040000Z-0001" });
    expect(await end()).toEqual(["stage_started", "stage_ended"]);
    await decide(archive, NIGHT);
    expect((await end()).at(-1)).toBe("registered");
  });

  test("whose records can't be read is an end all the same", async ({ archive, tell, root }) => {
    await decide(archive, NIGHT);
    await archive.store.write(recordKey(NIGHT, "compare"), "{");
    const stage = tell("register");
    stage.begin(null);
    await stage.end("succeeded", "version 4", 0);
    expect(told(root).map(({ event }) => event)).toEqual(["stage_started", "stage_ended"]);
  });
});
