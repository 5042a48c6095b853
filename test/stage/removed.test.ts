import { expect } from "vitest";
import { nightOfKey, readRemoved, removalsIn, removedText, writeRemoved } from "../../src/lib/stage/removed.ts";
import { test, WORKSPACE } from "../support/records.ts";

const NIGHT = "2026-11-23";
const file = { key: `raw/${NIGHT}/customers.parquet`, size_bytes: 3, sha256: "a".repeat(64) };
const OTHER = "8e6c7f5e-7a86-4a3e-9d3c-7f2f2f0a9f10";
const removed = { ...file, removed_at: "2026-12-24T05:00:00.000Z", limit: "--keep 30d" };

test("a file is known as removed by its key and its digest", async ({ archive }) => {
  expect(await readRemoved(archive, NIGHT)).toBeUndefined();
  await writeRemoved(archive, NIGHT, { finished: ["raw"], files: [removed] });
  expect(await readRemoved(archive, NIGHT)).toMatchObject({ night: NIGHT, finished: ["raw"], files: [removed] });
  const removals = removalsIn(archive);
  expect(await removals(file)).toEqual(removed);
  expect(await removals({ ...file, sha256: "b".repeat(64) })).toBeUndefined();
  expect(await removals({ ...file, key: `raw/${NIGHT}.2/customers.parquet` })).toBeUndefined();
  expect(await removals({ ...file, key: "workspace.json" })).toBeUndefined();
});

test("a list that is damaged says that it alone knows", async ({ archive }) => {
  await archive.store.write(`records/${NIGHT}/removed.json`, '{ "schema_version": 1');
  await expect(removalsIn(archive)(file)).rejects.toMatchObject({
    exitCode: 4,
    message: `records/${NIGHT}/removed.json is damaged: it is not whole JSON`,
    hint: "restore it from a backup: it alone says which of that night's files churn gc removed",
  });
});

test.for([
  ["night", "2026-11-24", { night: "2026-11-24", workspaceId: WORKSPACE }],
  ["workspace", OTHER, { night: NIGHT, workspaceId: OTHER }],
] as const)(
  "a list of another %s is damage, and excuses nothing",
  async ([field, found, { night, workspaceId }], { archive }) => {
    await writeRemoved({ ...archive, workspaceId }, night, { finished: [], files: [removed] });
    const key = `records/${NIGHT}/removed.json`;
    await archive.store.write(key, (await archive.store.read(`records/${night}/removed.json`)) ?? "");
    const own = { night: NIGHT, workspace: WORKSPACE }[field];
    await expect(removalsIn(archive)(file)).rejects.toMatchObject({
      exitCode: 4,
      message: `${key} is damaged: its ${field} is ${found} and not ${own}`,
      hint: "restore it from a backup: it alone says which of that night's files churn gc removed",
    });
  },
);

test("a key says whose night it is, and a removal is a sentence", () => {
  expect(nightOfKey("models/2026-11-23.2/model/MLmodel")).toBe("2026-11-23.2");
  expect(nightOfKey("notifications/2026-11-23.txt")).toBeUndefined();
  expect(removedText(removed)).toBe(`${file.key} was removed by churn gc on 2026-12-24`);
});
