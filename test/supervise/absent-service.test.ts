import { createServer } from "node:net";
import { expect, test } from "vitest";
import * as z from "zod";
import { type EngineChoice, lazyEngine } from "../../src/lib/engine/open.ts";
import { UnreachableError, UsageError } from "../../src/lib/errors.ts";
import type { Source } from "../../src/lib/source/source.ts";
import { absentEngine, absentService, absentSource } from "../../src/lib/supervise/absent-service.ts";
import { oddServer } from "../support/odd-server.ts";
import { idleStage } from "../support/records.ts";
import { trackingAt } from "../support/tracking-server.ts";

const stages = [idleStage("extract"), { ...idleStage("train"), uses: ["tracking"] as const }, idleStage("notify")];

test("a server that is down, or refuses us, is told before anything works, at the stage that needs it", async () => {
  await using closed = trackingAt("http://127.0.0.1:1");
  expect(await absentService(stages, { tracking: async () => closed })).toMatchObject({
    stage: "train",
    error: { exitCode: 5 },
  });
  await using server = await oddServer(() => ({ status: 401, body: "" }));
  await using strict = trackingAt(server.url);
  expect(await absentService(stages, { tracking: async () => strict })).toMatchObject({
    stage: "train",
    error: { exitCode: 2 },
  });
});

test("one that is there, or only slow, is no reason to stop", async () => {
  await using server = await oddServer(() => ({ body: { experiments: [] } }));
  await using sound = trackingAt(server.url);
  expect(await absentService(stages, { tracking: async () => sound })).toBeUndefined();
  await using silent = await oddServer(() => () => {});
  await using slow = trackingAt(silent.url);
  expect(await absentService(stages, { tracking: async () => slow })).toBeUndefined();
});

test("one that never lets anybody in is absent, however long it would be waited for", async () => {
  // A firewall that drops what comes: here a server that accepts and never shakes hands.
  const server = createServer(() => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = z.object({ port: z.int() }).parse(server.address());
  try {
    await using silent = trackingAt(`https://127.0.0.1:${port}`);
    expect(await absentService(stages, { tracking: async () => silent })).toMatchObject({
      stage: "train",
      error: { exitCode: 5, message: `MLflow at https://127.0.0.1:${port} can't be reached: it doesn't answer` },
    });
  } finally {
    server.close();
  }
});

test("where no stage to come needs it nobody is asked", async () => {
  const tracking = () => Promise.reject(new Error("nobody is asked"));
  expect(await absentService([idleStage("notify")], { tracking })).toBeUndefined();
});

const reader = { ...idleStage("extract"), uses: ["source"] as const };

/** A source that answers only whether it lets us in. */
function server(requirePresent?: () => Promise<void>): { source: () => Source } {
  const source = {
    description: "postgres://db/shop",
    choosesDate: false,
    open: () => Promise.reject(new Error("nobody reads")),
  };
  return { source: () => (requirePresent === undefined ? source : { ...source, requirePresent }) };
}

test("a server that refuses us is told before the stage that reads customers works", async () => {
  const refused = new UsageError("the password of reader is wrong", "PGPASSWORD");
  expect(
    await absentSource(
      reader,
      server(() => Promise.reject(refused)),
    ),
  ).toEqual({ stage: "extract", error: refused });
  expect(
    await absentSource(
      reader,
      server(async () => {}),
    ),
  ).toBeUndefined();
});

test("one that can't be reached now is left to the stage, which may wait; files have nobody to ask", async () => {
  const down = () => Promise.reject(new UnreachableError("nothing listens at db:5432"));
  expect(await absentSource(reader, server(down))).toBeUndefined();
  expect(await absentSource(reader, server())).toBeUndefined();
  const wrong = () => Promise.reject(new UsageError("nobody is asked"));
  expect(await absentSource(idleStage("train"), server(wrong))).toBeUndefined();
  await expect(
    absentSource(
      reader,
      server(() => Promise.reject(new TypeError("a defect"))),
    ),
  ).rejects.toThrow(TypeError);
});

test("a library that is named and can't be used is told at the stage that trains, and nobody looks where none does", async () => {
  const trainer = { ...idleStage("train"), uses: ["engine"] as const };
  const engine = (choice: EngineChoice) => ({ engine: () => lazyEngine(choice, "/nowhere", { get: () => undefined }) });
  const missing = engine({ engine: "auto", library: "lib.so" });
  expect(await absentEngine([idleStage("extract"), trainer], missing)).toMatchObject({
    stage: "train",
    error: { exitCode: 2, message: "train.library names /nowhere/lib.so, which can't be used: it is not there" },
  });
  expect(await absentEngine([idleStage("notify")], missing)).toBeUndefined();
  expect(await absentEngine([trainer], engine({ engine: "wasm" }))).toBeUndefined();
});
