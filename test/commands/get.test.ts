import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { get } from "../../src/commands/get.ts";
import { pipeline } from "../../src/pipeline.ts";
import { test } from "../support/gc-workspace.ts";
import { wholeNight } from "../support/old-nights.ts";
import { contextIn, quietTerminal } from "../support/quiet-terminal.ts";

const NIGHT = "2025-11-20";
const key = `raw/${NIGHT}/customers.parquet`;

async function run(
  workspace: string,
  flags: { key?: string; output?: string; force?: boolean },
  { json = false, onScreen = false } = {},
) {
  const { terminal, printed, said } = quietTerminal();
  const error = await get(pipeline)
    .run(contextIn(workspace, { ...terminal, onScreen }, { json }), { force: false, ...flags })
    .catch((thrown: unknown) => thrown);
  return { printed, said, error };
}

test("a file comes under its own name, or another one, and replaces none unasked", async ({
  workspace,
  nights,
  tracking,
}) => {
  await wholeNight(nights, tracking, NIGHT);
  const target = join(workspace, "customers.parquet");
  expect(await run(workspace, { key })).toEqual({ printed: [], said: [`${target}, 23 B`], error: undefined });
  expect(await readFile(target, "utf8")).toBe(`customers of ${NIGHT}`);
  expect((await run(workspace, { key })).error).toMatchObject({
    exitCode: 2,
    message: `${target} is there already`,
    hint: "--force replaces it, --output names another place",
  });
  expect((await run(workspace, { key, force: true })).error).toBeUndefined();
  expect((await run(workspace, { key, output: "x.parquet" })).said).toEqual([join(workspace, "x.parquet, 23 B")]);
  expect((await run(workspace, { key, output: "mlruns" })).said).toEqual([
    join(workspace, "mlruns", "customers.parquet, 23 B"),
  ]);
  expect((await run(workspace, { key, output: "nowhere/x" })).error).toMatchObject({
    exitCode: 2,
    message: `there is no folder ${workspace}/nowhere to put x into`,
  });
  const { printed } = await run(workspace, { key, output: "y" }, { json: true });
  expect(JSON.parse(printed[0] ?? "")).toMatchObject({ key, size_bytes: 23, path: join(workspace, "y") });
});

test("- is stdout, which takes no table where it is a screen", async ({ workspace, nights, tracking }) => {
  await wholeNight(nights, tracking, NIGHT);
  expect((await run(workspace, { key, output: "-" })).printed).toEqual([`customers of ${NIGHT}`]);
  expect((await run(workspace, { key, output: "-" }, { onScreen: true })).error).toMatchObject({
    exitCode: 2,
    message: `${key} is no text for a terminal`,
    hint: `churn cat ${key} shows its first rows`,
  });
});

test("what isn't as its record says is not handed out", async ({ workspace, nights, tracking }) => {
  await wholeNight(nights, tracking, NIGHT);
  await writeFile(join(workspace, key), `customers of 2025-11-21`);
  // As churn verify says it: a stage of a decided night can't run again.
  const hint = `restore it from a backup, or decide that night anew: churn run-all --date ${NIGHT} --again`;
  const changed = { exitCode: 4, message: `${key} was changed since extract wrote it`, hint };
  expect((await run(workspace, { key })).error).toMatchObject(changed);
  await nights.store.remove(key);
  const removed = { ...changed, message: `${key} was removed since extract wrote it` };
  expect((await run(workspace, { key })).error).toMatchObject(removed);
  expect((await run(workspace, {})).error).toMatchObject({ exitCode: 2, message: "which file? churn get takes a KEY" });
});
