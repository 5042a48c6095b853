import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { verify } from "../../src/commands/verify.ts";
import { jsonText } from "../../src/lib/artifacts/json-text.ts";
import { LEDGER_FILE } from "../../src/lib/ledger/writer.ts";
import { recordFormat, recordKey } from "../../src/lib/stage/record.ts";
import { openFolderStore } from "../../src/lib/store/folder.ts";
import { ensureWorkspaceId } from "../../src/lib/store/id.ts";
import { contextIn, quietTerminal } from "../support/quiet-terminal.ts";
import { idleStage, successOf } from "../support/records.ts";
import { test } from "../support/registry-workspace.ts";

const stages = ["extract", "register"].map(idleStage);

/** Nights of which extract has succeeded, whose attempts are gone. */
async function nights(workspace: string, ...names: readonly string[]): Promise<void> {
  const id = await ensureWorkspaceId(openFolderStore(workspace));
  for (const night of names) {
    const path = join(workspace, recordKey(night, "extract"));
    await mkdir(join(path, ".."), { recursive: true });
    await writeFile(path, jsonText(recordFormat.write(successOf(night, "extract", { workspace: id }))));
  }
}

async function run(workspace: string, flags: { date?: string; all?: boolean } = {}, json = false) {
  const { terminal, printed, said } = quietTerminal();
  const given = { all: false, ...flags };
  const error = await verify(stages)
    .run(contextIn(workspace, terminal, { json }), given)
    .catch((thrown: unknown) => thrown);
  return { printed, said, error };
}

test("the newest night is verified, or all of a date, or one by its name, or every one", async ({ workspace }) => {
  await nights(workspace, "2026-11-20", "2026-11-22", "2026-11-22.2");
  const verified = async (flags: { date?: string; all?: boolean }) =>
    (await run(workspace, flags)).printed
      .filter((line) => line.includes("night of"))
      .map((line) => /of (\S+),/.exec(line)?.[1]);
  expect(await verified({})).toEqual(["2026-11-22.2"]);
  expect(await verified({ date: "2026-11-22" })).toEqual(["2026-11-22", "2026-11-22.2"]);
  expect(await verified({ date: "2026-11-22.2" })).toEqual(["2026-11-22.2"]);
  expect(await verified({ all: true })).toEqual(["2026-11-20", "2026-11-22", "2026-11-22.2"]);
});

test("damage stands below its night with what can be done, and ends with 4", async ({ workspace }) => {
  await nights(workspace, "2026-11-22");
  const attempt = "records/2026-11-22/attempts/20261123T050000Z-0001/extract.json";
  expect(await run(workspace)).toMatchObject({
    printed: [
      "✖ night of 2026-11-22, not decided: 2 files",
      `    ${attempt} is missing`,
      `      cp records/2026-11-22/extract.json ${attempt} restores it`,
    ],
    error: { exitCode: 4, message: "one thing is damaged", hint: "what can be done stands below each of them" },
  });
  await nights(workspace, "2026-11-23");
  const more = (length: number) => `${length} things are damaged`;
  expect(await run(workspace, { all: true })).toMatchObject({ error: { exitCode: 4, message: more(2) } });
});

test("programs get the same as JSON", async ({ workspace }) => {
  await nights(workspace, "2026-11-22");
  const { printed, error } = await run(workspace, {}, true);
  expect(error).toMatchObject({ exitCode: 4 });
  expect(JSON.parse(printed.join("\n"))).toEqual({
    whole: false,
    nights: [
      {
        night: "2026-11-22",
        decided: false,
        files: 2,
        removed: 0,
        damage: [
          { file: expect.stringContaining("/attempts/"), message: expect.any(String), remedy: expect.any(String) },
        ],
      },
    ],
    versions: [],
    ledger: { lines: null, damage: [] },
    damage: [],
  });
});

test("the ledger is a line of its own, as long as there is one", async ({ workspace }) => {
  await writeFile(join(workspace, LEDGER_FILE), "no line of churn's\n");
  const { printed, error } = await run(workspace);
  expect(error).toMatchObject({ exitCode: 4, message: "one thing is damaged" });
  expect(printed).toEqual([
    "✖ ledger: 0 lines",
    `    line 1 of ${LEDGER_FILE} is damaged: it is no whole JSON`,
    `      sed -i 1d ${LEDGER_FILE} forgets it: the records tell the night all the same`,
  ]);
});

test("a store without a night is whole, and a night that isn't there is a mistake", async ({ workspace }) => {
  expect(await run(workspace)).toEqual({
    printed: [],
    said: ["there is no night in this store yet"],
    error: undefined,
  });
  expect((await run(workspace, { date: "2026-11-22" })).error).toMatchObject({
    exitCode: 2,
    message: "there is no night 2026-11-22 in this store",
    hint: "churn verify --all shows those that are there",
  });
  expect((await run(workspace, { date: "2026-11-22", all: true })).error).toMatchObject({ exitCode: 2 });
});
