import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import { requireMarker } from "../../src/lib/source/marker.ts";
import { findFiles } from "../../src/lib/source/paths.ts";
import { test } from "../support/source-folder.ts";

const TODAY = { date: "2026-11-23", today: "2026-11-23" };

/** What is missing beside the files that a place names; undefined where nothing is. */
async function missing(root: string, place: string, awaited = TODAY) {
  const settings = {
    root,
    path: join(root, place),
    description: place,
    table: undefined,
    query: undefined,
    files: [],
    require: "_SUCCESS",
  };
  const [outcome] = await Promise.allSettled([requireMarker(settings, await findFiles(settings, awaited), awaited)]);
  return outcome.status === "rejected" ? outcome.reason : undefined;
}

async function write(root: string, ...names: string[]): Promise<void> {
  for (const name of names) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), "id\n1\n");
  }
}

test("the marker lies beside the files, or above them up to what source.url names", async ({ root }) => {
  await write(root, "out/a.csv", "out/_SUCCESS", "days/1/a.csv", "days/1/_SUCCESS", "days/2/a.csv", "days/2/_SUCCESS");
  await write(root, "spark/day=1/a.csv", "spark/day=2/a.csv", "spark/_SUCCESS");
  for (const place of ["out/a.csv", "out", "out/*.csv", "days/*/a.csv", "spark", "spark/*/*.csv", "spark/day=1"])
    expect(await missing(root, place), place).toBeUndefined();
});

test("without it today's customers may still come, and a past date's should be there", async ({ root }) => {
  await write(root, "out/a.csv", "days/1/a.csv", "days/1/_SUCCESS", "days/2/a.csv", "_SUCCESS");
  expect(await missing(root, "out")).toMatchObject({
    exitCode: 75,
    message: `source.require: there is no _SUCCESS beside the files of out, in ${join(root, "out")}`,
  });
  expect(await missing(root, "days/*/a.csv")).toMatchObject({
    message: `source.require: there is no _SUCCESS beside the files of days/*/a.csv, in ${join(root, "days/2")}`,
  });
  expect(await missing(root, "out", { date: "2026-11-22", today: "2026-11-23" })).toMatchObject({
    exitCode: 2,
    hint: "source.require in churn.yaml names a file that is written once the others are whole",
  });
});
