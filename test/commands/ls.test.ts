import { expect } from "vitest";
import { ls } from "../../src/commands/ls.ts";
import { writeRemoved } from "../../src/lib/stage/removed.ts";
import { pipeline } from "../../src/pipeline.ts";
import { test } from "../support/gc-workspace.ts";
import { wholeNight } from "../support/old-nights.ts";
import { contextIn, quietTerminal } from "../support/quiet-terminal.ts";

const NIGHT = "2025-11-20";

async function run(workspace: string, date?: string, json = false) {
  const { terminal, printed, said } = quietTerminal();
  const error = await ls(pipeline)
    .run(contextIn(workspace, terminal, { json }), { date })
    .catch((thrown: unknown) => thrown);
  return { printed, said, error };
}

test("nights have a line each, newest last, and a night's files too", async ({ workspace, nights, tracking }) => {
  expect(await run(workspace)).toMatchObject({ printed: [], said: ["there is no night in this store yet"] });
  await wholeNight(nights, tracking, NIGHT);
  await wholeNight(nights, tracking, `${NIGHT}.2`);
  const key = `raw/${NIGHT}/customers.parquet`;
  const fingerprint = await nights.store.fingerprint(key);
  if (fingerprint === undefined) throw new Error(`no ${key}`);
  const removed = { key, ...fingerprint, removed_at: "2125-12-24T05:00:00.000Z", limit: "--keep 30d" };
  await writeRemoved(nights, NIGHT, { finished: ["raw"], files: [removed] });
  await nights.store.remove(key);
  await nights.store.remove(`models/${NIGHT}/comparison.json`);

  expect((await run(workspace)).printed).toEqual([
    "night         state    files    size",
    expect.stringMatching(/^2025-11-20 {4}decided {5}10 {2}\d\.\d kB {2}1 removed by gc, 1 missing$/),
    expect.stringMatching(/^2025-11-20\.2 {2}decided {5}11 {2}\d\.\d kB$/),
  ]);
  const { printed } = await run(workspace, `${NIGHT}`);
  expect(printed[0]).toMatch(/^ +size {2}sha256 {3}key$/);
  expect(printed.join("\n")).toContain(`raw/${NIGHT}.2/customers.parquet`);
  const { night, files } = JSON.parse((await run(workspace, `${NIGHT}.2`, true)).printed[0] ?? "");
  expect([night, files[0]]).toEqual([
    `${NIGHT}.2`,
    {
      key: `raw/${NIGHT}.2/customers.parquet`,
      size_bytes: 25,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      stage: "extract",
      state: "present",
      removed_at: null,
    },
  ]);
  expect(JSON.parse((await run(workspace, undefined, true)).printed[0] ?? "")).toMatchObject({
    store: workspace,
    nights: [{ night: NIGHT, state: "decided", files: 10, removed: 1 }, { night: `${NIGHT}.2` }],
  });
});

test("what is gone says why", async ({ workspace, nights, tracking }) => {
  await wholeNight(nights, tracking, NIGHT);
  const key = `raw/${NIGHT}/customers.parquet`;
  const fingerprint = await nights.store.fingerprint(key);
  if (fingerprint === undefined) throw new Error(`no ${key}`);
  const removed = { key, ...fingerprint, removed_at: "2125-12-24T05:00:00.000Z", limit: "--keep 30d" };
  await writeRemoved(nights, NIGHT, { finished: ["raw"], files: [removed] });
  await nights.store.remove(key);
  await nights.store.remove(`models/${NIGHT}/comparison.json`);
  const { printed } = await run(workspace, NIGHT);
  expect(printed.filter((line) => /^\w| {2}(removed|missing) {2}/.test(line))).toEqual([
    "extract",
    expect.stringMatching(/^ +23 B {2}removed {2}raw\/2025-11-20\/customers\.parquet$/),
    "train",
    "compare",
    expect.stringMatching(/^ +\d+ B {2}missing {2}models\/2025-11-20\/comparison\.json$/),
    "register",
    "run-all and gc",
    "attempts",
  ]);
});

test("a night that is damaged is listed with what is wrong, and so are all others", async ({
  workspace,
  nights,
  tracking,
}) => {
  for (const night of [NIGHT, `${NIGHT}.2`]) await wholeNight(nights, tracking, night);
  await nights.store.write(`records/${NIGHT}/extract.json`, "{");
  const sentence = `records/${NIGHT}/extract.json is damaged: it is not whole JSON`;
  const all = await run(workspace);
  expect(all.printed).toEqual([
    expect.stringMatching(/^night /),
    expect.stringMatching(/^2025-11-20 {4}decided {5}10 /),
    `    ${sentence}`,
    expect.stringMatching(/^2025-11-20\.2 {2}decided {5}11 /),
  ]);
  expect(all.error).toMatchObject({
    exitCode: 4,
    message: `the night of ${NIGHT} is damaged`,
    hint: `churn verify --date ${NIGHT} says what can be done`,
  });
  const json = JSON.parse((await run(workspace, undefined, true)).printed[0] ?? "");
  expect(json.nights.map(({ damage }: { damage: unknown }) => damage)).toEqual([[sentence], []]);

  await nights.store.write(`records/${NIGHT}.2/removed.json`, "{");
  expect((await run(workspace)).error).toMatchObject({
    message: "2 nights are damaged",
    hint: "churn verify --all says what can be done",
  });
  const one = await run(workspace, `${NIGHT}.2`);
  expect(one.printed.at(-1)).toBe("    records/2025-11-20.2/removed.json is damaged: it is not whole JSON");
  expect(one.error).toMatchObject({ exitCode: 4, message: `the night of ${NIGHT}.2 is damaged` });
});

test("no line of a night's files is longer than 80 letters, and --json has whole digests", async ({
  workspace,
  nights,
  tracking,
}) => {
  const night = `${NIGHT}.12`;
  await wholeNight(nights, tracking, night);
  await nights.store.write(`notifications/${night}.failed.20251120T050000Z-0001.txt`, "bad news");
  const { printed } = await run(workspace, night);
  expect(printed.filter((line) => line.length > 80)).toEqual([]);
  expect(printed.at(-1)).toMatch(
    /^ +\d\.\d kB {2}4 files {2}records\/2025-11-20\.12\/attempts\/20261123T050000Z-0001\/$/,
  );
  const { files } = JSON.parse((await run(workspace, night, true)).printed[0] ?? "");
  for (const { sha256 } of files) expect(sha256).toMatch(/^[0-9a-f]{64}$/);
});

test("a night that isn't there is a mistake", async ({ workspace }) => {
  expect((await run(workspace, NIGHT)).error).toMatchObject({
    exitCode: 2,
    message: "there is no night 2025-11-20 in this store",
    hint: "churn ls shows those that are there",
  });
});
