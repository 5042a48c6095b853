import { writeFile } from "node:fs/promises";
import { expect } from "vitest";
import { trainCustomersOf } from "../../src/lib/compare/trained-on.ts";
import { writeRemoved } from "../../src/lib/stage/removed.ts";
import { tags } from "../../src/lib/tracking/tags.ts";
import { successOf, test, WORKSPACE, writeSuccess } from "../support/records.ts";

const night = "2026-11-22";
const key = `processed/${night}/customers_train.parquet`;

/** A version with such tags. */
function version(said: Readonly<Record<string, string>>) {
  return { tag: (name: string) => said[name] };
}
const own = version({ [tags.night]: night, [tags.workspace]: WORKSPACE });

test("a version's train customers lie where its night's record has them", async ({ archive }) => {
  const customersTrain = { kind: "file" as const, key, ...(await archive.store.write(key, "customers")) };
  await writeSuccess(archive, successOf(night, "transform", { outputs: { customersTrain } }));
  const path = await trainCustomersOf(archive, own);
  expect(path).toBe(`${archive.store.address}/${key}`);

  const others = version({ [tags.night]: night, [tags.workspace]: "00000000-0000-4000-8000-000000000001" });
  expect(await trainCustomersOf(archive, others), "another workspace's").toBeUndefined();
  await writeFile(`${path}`, "other customers");
  expect(await trainCustomersOf(archive, own), "a file that was changed").toBeUndefined();

  const removed = { ...customersTrain, removed_at: "2026-12-24T05:00:00.000Z", limit: "--keep 30d" };
  const { kind: _, ...file } = removed;
  await writeRemoved(archive, night, { finished: [], files: [file] });
  await archive.store.remove(key);
  expect(await trainCustomersOf(archive, own)).toEqual({ removed: `${key} was removed by churn gc on 2026-12-24` });
});

test("and nowhere where no such night is known", async ({ archive }) => {
  expect(await trainCustomersOf(archive, own)).toBeUndefined();
  expect(await trainCustomersOf(archive, version({ [tags.workspace]: WORKSPACE }))).toBeUndefined();
  expect(
    await trainCustomersOf(archive, version({ [tags.night]: "../x", [tags.workspace]: WORKSPACE })),
  ).toBeUndefined();
});
