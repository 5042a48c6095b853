import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import { findLog, type LogWanted } from "../../src/lib/logs/find.ts";
import { test as base } from "../support/folder.ts";

const line = (night: string) =>
  `{"level":"info","time":"2026-11-23T05:00:00.000Z","night":"${night}","stage":"run-all","msg":"run starts"}\n`;

/** Runs of three dates; the newest run is of an older date, as a backfill's is. */
const test = base.extend<{ find: (wanted?: Partial<LogWanted>) => string }>({
  find: async ({ folder }, use) => {
    const logs = {
      "2026-11-21/20261123T090000Z-00aa.jsonl": "2026-11-21",
      "2026-11-22/20261122T050000Z-7f3a.jsonl": "2026-11-22",
      "2026-11-23/20261123T050000Z-7f3a.jsonl": "2026-11-23",
      "2026-11-23/20261123T060000Z-0001.jsonl": "2026-11-23.2",
      "2026-11-23/20261123T070000Z-0002.jsonl": "2026-11-23",
      "2026-11-23/notes.txt": "2026-11-23",
      "later/20261124T050000Z-0003.jsonl": "2026-11-24",
    };
    for (const [name, night] of Object.entries(logs)) {
      const path = join(folder, "logs", name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, line(night));
    }
    await use((wanted = {}) => findLog(folder, { night: undefined, run: undefined, ...wanted }).run);
  },
});

test("the newest run's is found, whatever date it is of; of a date its newest, of a night by its name its own", ({
  find,
}) => {
  expect(find()).toBe("20261123T090000Z-00aa");
  expect(find({ night: "2026-11-23" })).toBe("20261123T070000Z-0002");
  expect(find({ night: "2026-11-23.2" })).toBe("20261123T060000Z-0001");
});

test("a run is found by its id, or by four digits where they mean one", ({ find }) => {
  expect(find({ run: "20261122T050000Z-7f3a" })).toBe("20261122T050000Z-7f3a");
  expect(find({ run: "0001" })).toBe("20261123T060000Z-0001");
  expect(find({ run: "7f3a", night: "2026-11-22" })).toBe("20261122T050000Z-7f3a");
  expect(() => find({ run: "7f3a" })).toThrow("2 runs end in 7f3a: 20261122T050000Z-7f3a and 20261123T050000Z-7f3a");
});

test("an empty one, of a stage by hand that had nothing to do, is looked at where it is named or alone", async ({
  find,
  folder,
}) => {
  await writeFile(join(folder, "logs", "2026-11-21", "20261123T100000Z-00bb.jsonl"), "");
  expect(find()).toBe("20261123T090000Z-00aa");
  expect(find({ run: "00bb" })).toBe("20261123T100000Z-00bb");
  await mkdir(join(folder, "logs", "2026-11-25"));
  await writeFile(join(folder, "logs", "2026-11-25", "20261125T050000Z-00cc.jsonl"), "");
  expect(find({ night: "2026-11-25" })).toBe("20261125T050000Z-00cc");
});

test("what isn't there is said, and a workspace without any", ({ find, folder }) => {
  expect(() => find({ run: "beef" })).toThrow("there is no log of run beef in this workspace");
  expect(() => find({ night: "2026-11-20" })).toThrow("there is no log of the night of 2026-11-20 in this workspace");
  expect(() => find({ night: "2026-11-23.3", run: "0001" })).toThrow(
    "there is no log of run 0001 for the night of 2026-11-23.3 in this workspace",
  );
  const empty = () => findLog(join(folder, "elsewhere"), { night: undefined, run: undefined });
  expect(empty).toThrow("there is no log in this workspace yet");
});
