import { appendFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { gc } from "../../src/commands/gc.ts";
import { openCache } from "../../src/lib/cache/cache.ts";
import { writeSynced } from "../../src/lib/files/atomic.ts";
import { makeFolder } from "../../src/lib/files/folders.ts";
import { recordKey } from "../../src/lib/stage/record.ts";
import { removedKey } from "../../src/lib/stage/removed.ts";
import { pipeline } from "../../src/pipeline.ts";
import { test } from "../support/gc-workspace.ts";
import { wholeNight } from "../support/old-nights.ts";
import { contextIn, quietTerminal } from "../support/quiet-terminal.ts";
import { modelName } from "../support/tracking-folder.ts";

// Long ago, whatever day it is.
const [OLD, OLDER, NEWEST] = ["2025-11-20", "2025-11-19", "2025-12-20"];

async function run(workspace: string, flags: { keep?: string; dry_run?: boolean } = {}, json = false) {
  const { terminal, printed, said } = quietTerminal();
  const error = await gc(pipeline)
    .run(contextIn(workspace, terminal, { json }), { dry_run: false, ...flags })
    .catch((thrown: unknown) => thrown);
  return { printed, said, error };
}

test("says what is removed and what is kept for which versions; a dry run changes nothing", async ({
  workspace,
  nights,
  tracking,
}) => {
  for (const night of [OLDER, OLD, NEWEST]) await wholeNight(nights, tracking, night);
  await tracking.transitionStage(modelName, 1, "Staging");
  const { printed } = await run(workspace, { keep: "30d", dry_run: true });
  expect(printed).toEqual([
    expect.stringMatching(/^2025-11-20 {2}9 files {2}\d\.\d kB$/),
    expect.stringMatching(/^would remove 9 files of 1 night, \d\.\d kB; kept 1 night that version 1 came from$/),
  ]);
  expect(await nights.store.list(`raw/${OLD}`)).toEqual(["customers.parquet"]);

  const [text = ""] = (await run(workspace, { keep: "30d" }, true)).printed;
  expect(JSON.parse(text)).toMatchObject({
    dry_run: false,
    nights: [
      {
        night: OLD,
        files: expect.arrayContaining([
          { key: `raw/${OLD}/customers.parquet`, size_bytes: 23, sha256: expect.any(String) },
        ]),
      },
    ],
    kept: [{ night: OLDER, versions: [1], named_by: null, unreadable: null }],
    runs: [],
    cache_bytes: 0,
  });
  expect((await run(workspace, { keep: "30d" })).printed).toEqual([
    "no file is old enough to be removed; kept 1 night that version 1 came from",
  ]);
});

test("goes by retention without --keep, and with neither says so", async ({ workspace, nights, tracking }) => {
  expect((await run(workspace)).error).toMatchObject({
    exitCode: 2,
    message: "neither --keep nor retention of churn.yaml says how long files are kept",
    hint: "churn gc --keep 30d --dry-run shows what would be removed",
  });
  for (const night of [OLD, NEWEST]) await wholeNight(nights, tracking, night);
  await appendFile(join(workspace, "churn.yaml"), "retention: { raw: 30d }\n");
  expect((await run(workspace)).printed).toEqual(["removed 1 file of 1 night, 23 B"]);
  expect(await nights.store.list(`models/${OLD}/model`)).toHaveLength(8);
  expect(await readFile(join(workspace, "records", OLD, "removed.json"), "utf8")).toContain('"retention.raw 30d"');
});

test("warns of a night that can't be read, and clears the cache of what is too old or too much", async ({
  workspace,
  nights,
  tracking,
}) => {
  for (const night of [OLD, NEWEST]) await wholeNight(nights, tracking, night);
  await nights.store.write(recordKey(OLD, "extract"), "{");
  await appendFile(join(workspace, "churn.yaml"), "s3: { cache: { keep: 0s } }\n");
  const cache = openCache(workspace);
  const begun = cache.begin();
  makeFolder(join(begun.path, ".."));
  writeSynced(begun.path, "x".repeat(2000));
  cache.keep(begun.path, { sha256: "a".repeat(64), name: "x" });
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(await run(workspace, { keep: "30d" })).toMatchObject({
    printed: ["no other file is old enough to be removed", "removed 2.0 kB of copies in .churn/cache"],
    said: [
      `warning  the night of ${OLD} was left as it is: ${recordKey(OLD, "extract")} is damaged: it is not whole JSON`,
    ],
    error: {
      exitCode: 4,
      message: `the night of ${OLD} is damaged, and was left as it is`,
      hint: `churn verify --date ${OLD} says what can be done`,
    },
  });
  await wholeNight(nights, tracking, OLDER);
  await nights.store.write(removedKey(OLDER), "{");
  expect((await run(workspace, { keep: "30d", dry_run: true })).error).toMatchObject({
    exitCode: 4,
    message: "2 nights are damaged, and were left as they are",
    hint: "churn verify --all says what can be done",
  });
});
