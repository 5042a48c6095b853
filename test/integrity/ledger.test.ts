import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { inspectLedger } from "../../src/lib/integrity/ledger.ts";
import { copyKey } from "../../src/lib/ledger/copies.ts";
import { decisionIn } from "../../src/lib/ledger/decision.ts";
import { type LedgerEvent, lineOf } from "../../src/lib/ledger/events.ts";
import type { LedgerPlace } from "../../src/lib/ledger/read.ts";
import { LEDGER_FILE } from "../../src/lib/ledger/writer.ts";
import { recordKey } from "../../src/lib/stage/record.ts";
import { nightOf } from "../../src/lib/workspace/night.ts";
import { decide, deciding } from "../support/decided-night.ts";
import { event, NIGHT, RUN, runOf } from "../support/ledger-events.ts";
import { test as records } from "../support/records.ts";

const test = records.extend<{ place: LedgerPlace }>({
  place: async ({ archive }, use) => use({ ...deciding(archive), root: archive.store.address }),
});
const textOf = (told: readonly LedgerEvent[]) => told.map((one) => `${lineOf(one)}\n`).join("");
const nights = [nightOf(NIGHT, 1)];

describe("the ledger", () => {
  test("that is whole is counted; one that isn't there is none", async ({ place }) => {
    expect(await inspectLedger(place, nights)).toEqual({ lines: null, damage: [] });
    await writeFile(join(place.root, LEDGER_FILE), textOf(runOf(NIGHT, RUN)));
    expect(await inspectLedger(place, nights)).toEqual({ lines: 2, damage: [] });
  });

  test("has lines that are damaged: which, how, and what forgets them", async ({ place }) => {
    const [started, ended] = runOf(NIGHT, RUN);
    const lines = [started, ended].flatMap((one) => (one === undefined ? [] : [lineOf(one)]));
    await writeFile(join(place.root, LEDGER_FILE), [lines[0], lines[0]?.slice(0, 50), lines[1], ""].join("\n"));
    expect(await inspectLedger(place, nights)).toEqual({
      lines: 2,
      damage: [
        {
          file: LEDGER_FILE,
          message: `line 2 of ${LEDGER_FILE} is damaged: it is no whole JSON`,
          remedy: `sed -i 2d ${LEDGER_FILE} forgets it: the records tell the night all the same`,
        },
      ],
    });
  });

  test("has many that are: one finding and one command, which leaves the others", async ({ place }) => {
    const [started = event("run_started"), ended = started] = runOf(NIGHT, RUN);
    const path = join(place.root, LEDGER_FILE);
    await writeFile(path, ["{", lineOf(started), "no", "{", "[]", lineOf(ended), "1e", ""].join("\n"));
    const { lines, damage } = await inspectLedger(place, nights);
    expect(lines).toBe(2);
    const script = "'1d;3,5d;7d'";
    expect(damage).toEqual([
      {
        file: LEDGER_FILE,
        message: `lines 1, 3 to 5 and 7 of ${LEDGER_FILE} are damaged, the first one: it is no whole JSON`,
        remedy: `sed -i ${script} ${LEDGER_FILE} forgets them: the records tell the nights all the same`,
      },
    ]);
    execFileSync("sh", ["-c", damage[0]?.remedy.split(" forgets")[0] ?? ""], { cwd: place.root });
    expect(await readFile(path, "utf8")).toBe(textOf([started, ended]));
  });

  test("that is no file is damage", async ({ place }) => {
    await mkdir(join(place.root, LEDGER_FILE));
    const { lines, damage } = await inspectLedger(place, nights);
    expect([lines, damage.map(({ message }) => message)]).toEqual([
      null,
      [`${join(place.root, LEDGER_FILE)}: a folder stands where a file belongs`],
    ]);
  });

  test("is held to the records of a night's decision, as long as those can be read", async ({ place }) => {
    await decide(place, NIGHT);
    const decision = await decisionIn(place, NIGHT);
    if (decision === undefined) throw new Error("the night is decided");
    const told = { ...decision.event, run: RUN, time: "2026-11-23T05:00:05.000Z" };
    const write = (events: readonly LedgerEvent[]) => writeFile(join(place.root, LEDGER_FILE), textOf(events));
    await write([told]);
    expect((await inspectLedger(place, nights)).damage).toEqual([]);
    await write([{ ...told, f1: 0.671 }]);
    const { damage } = await inspectLedger(place, nights);
    expect(damage).toMatchObject([
      { message: `${LEDGER_FILE} tells of another decision of the night of ${NIGHT} than its records` },
    ]);
    expect((await inspectLedger(place, [])).damage).toEqual([]);
    await place.store.write(recordKey(NIGHT, "compare"), "{");
    expect((await inspectLedger(place, nights)).damage).toEqual([]);
  });
});

test("where the store is shared, others' copies are read too", async ({ place }) => {
  const root = await mkdtemp(`${place.root}/workspace-`);
  const other = "20261122T050000Z-0001";
  await writeFile(join(root, LEDGER_FILE), textOf(runOf(NIGHT, RUN)));
  await place.store.write(copyKey(other), `${textOf([event("run_started", { run: other })])}{"event":`);
  expect(await inspectLedger({ ...place, root }, nights)).toEqual({
    lines: 3,
    damage: [
      {
        file: copyKey(other),
        message: `line 2 of ${copyKey(other)} is damaged: it is no whole JSON`,
        remedy: `rm ${copyKey(other)} forgets it: the records tell the night all the same`,
      },
    ],
  });
});
