import { createRequire } from "node:module";
import { expect, test } from "vitest";
import * as z from "zod";
import { engineAhead, engineVersions, openEngine } from "../../src/lib/engine/open.ts";

const choice = { engine: "auto" } as const;

test("what is configured as auto is the embedded engine", async () => {
  await using engine = await openEngine(choice);
  expect(engine.name).toBe("wasm");
});

test("the engine that was opened ahead is the one that is opened next, once", async () => {
  await using ahead = await engineAhead(choice);
  expect(await engineAhead({ engine: "wasm" })).toBe(ahead);
  expect(await openEngine(choice)).toBe(ahead);
  await using another = await openEngine(choice);
  expect(another).not.toBe(ahead);
});

test("an engine's version is that of the library that is installed", async () => {
  const { version } = z
    .object({ version: z.string() })
    .parse(createRequire(import.meta.url)("ml-xgboost/package.json"));
  expect(await engineVersions(choice)).toEqual({ "ml-xgboost": version });
});
