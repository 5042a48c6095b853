import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import * as z from "zod";
import { folder, json, parquet } from "../../src/lib/artifacts/artifact.ts";
import { defineFormat, recordPart } from "../../src/lib/artifacts/format.ts";
import { defineStage, type Stage } from "../../src/lib/stage/define.ts";
import { readPreviousResult } from "../../src/lib/stage/handles.ts";
import type { Ledger } from "../../src/lib/stage/ledger.ts";
import { readSuccess, recordKey, type StageRecord } from "../../src/lib/stage/record.ts";
import { runStage } from "../../src/lib/stage/run.ts";
import { readEnvironment } from "../../src/lib/workspace/env.ts";
import { nightOf } from "../../src/lib/workspace/night.ts";
import { openServices } from "../../src/lib/workspace/services.ts";
import { succeeded } from "../support/records.ts";
import {
  config,
  counted,
  extracted,
  file,
  model,
  report,
  source,
  table,
  test,
  trained,
} from "../support/small-pipeline.ts";

const NIGHT = "2026-11-23";
const BEFORE = "2026-11-20";
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** What every stage below says of itself. */
const score = {
  name: "score",
  summary: "scores",
  reads: [],
  flags: z.strictObject({}),
  result: recordPart({}),
  describe: () => "scored",
} as const;

/** Runs a stage after those of the small pipeline that come before the decision. */
async function run(ledger: Ledger, stage: Stage, { force = false } = {}): Promise<StageRecord> {
  const { store } = ledger;
  const root = store.address;
  const deciding = ledger.stages.findIndex(({ name }) => name === "register");
  const { record } = await runStage(stage, {
    ledger: { ...ledger, stages: ledger.stages.toSpliced(deciding, 0, stage) },
    config,
    services: openServices({ config, root, store, environment: readEnvironment({}, root) }, () => {}),
    night: nightOf(NIGHT, 1),
    today: NIGHT,
    runId: "20261123T060000Z-0002",
    command: ["churn", stage.name],
    flags: {},
    force,
    reporter: { log: () => {}, progress: () => {}, notice: () => {} },
  });
  return record;
}

describe("an input", () => {
  test("is a path, what its JSON says, a folder's files or a part of a result", async ({ small }) => {
    await extracted(small, NIGHT);
    await trained(small, NIGHT);
    await small.store.write("models/2026-11-23/model/left-over", "not in the record");
    const found: unknown[] = [];
    await run(
      small,
      defineStage({
        ...score,
        needs: { table, counted, model, source },
        produces: {},
        run: async ({ inputs }) => {
          found.push(inputs.table.key, inputs.table.path);
          found.push(inputs.counted.key, await inputs.counted.read());
          found.push(inputs.model.key, inputs.model.files, (await inputs.model.read("model.json")).toString());
          found.push(inputs.source.read());
          return {};
        },
      }),
    );
    expect(found).toEqual([
      "raw/2026-11-23/table.parquet",
      join(small.store.address, "raw/2026-11-23/table.parquet"),
      "raw/2026-11-23/counted.json",
      { rows: 3 },
      "models/2026-11-23/model",
      ["MLmodel", "model.json"],
      "trees",
      { source: "x.duckdb" },
    ]);
  });

  test.for([
    ["table", "raw/2026-11-23/table.parquet", "extract"],
    ["counted", "raw/2026-11-23/counted.json", "extract"],
    ["model", "models/2026-11-23/model/MLmodel", "train"],
  ] as const)("that somebody changed keeps the stage from its work: %s", async ([name, key, by], { small }) => {
    await extracted(small, NIGHT);
    await trained(small, NIGHT);
    await file(small, key, "other");
    const needs = { table, counted, model };
    const stage = defineStage({
      ...score,
      needs: { [name]: needs[name] },
      produces: {},
      run: () => Promise.reject(new Error("it ran")),
    });
    await expect(run(small, stage)).rejects.toMatchObject({
      exitCode: 4,
      message: `${key} was changed since ${by} wrote it`,
    });
  });

  test("that goes while the stage works is missed by its name", async ({ small }) => {
    await extracted(small, NIGHT);
    const stage = defineStage({
      ...score,
      needs: { counted },
      produces: {},
      run: async ({ inputs }) => {
        await small.store.remove(inputs.counted.key);
        await inputs.counted.read();
        return {};
      },
    });
    await expect(run(small, stage)).rejects.toMatchObject({
      exitCode: 4,
      message: "raw/2026-11-23/counted.json is missing",
    });
  });
});

describe("an earlier night's artifacts", () => {
  const seen: unknown[] = [];
  const looking = defineStage({
    ...score,
    needs: {},
    produces: {},
    previous: { report },
    run: async ({ previous }) => {
      seen.push(previous && [previous.report.key, await previous.report.read()]);
      return {};
    },
  });

  test("are those of the newest decided one; while there is none they are undefined", async ({ small }) => {
    seen.length = 0;
    await run(small, looking);
    await extracted(small, BEFORE);
    await trained(small, BEFORE);
    await succeeded(small, BEFORE, "register");
    await run(small, looking);
    expect(seen).toEqual([undefined, ["models/2026-11-20/report.json", { rows: 3 }]]);
  });

  test("may be a part of a result, the stage's own too; for what is no stage likewise", async ({ small }) => {
    const results: unknown[] = [];
    const asking = defineStage({
      ...score,
      needs: {},
      produces: {},
      previous: { source },
      run: async ({ previous }) => {
        results.push(previous?.source.read());
        return {};
      },
    });
    await run(small, asking);
    await extracted(small, BEFORE);
    await succeeded(small, BEFORE, "register");
    await run(small, asking);
    expect(results).toEqual([undefined, { source: "x.duckdb" }]);
    expect(await readPreviousResult(small, source, "2026-11-23")).toEqual({ source: "x.duckdb" });
    expect(await readPreviousResult(small, source, BEFORE)).toBeUndefined();
  });

  test("must be what was decided upon", async ({ small }) => {
    await extracted(small, BEFORE);
    await trained(small, BEFORE);
    await succeeded(small, BEFORE, "register");
    await file(small, "models/2026-11-20/report.json", "{}");
    await expect(run(small, looking)).rejects.toMatchObject({
      exitCode: 4,
      message: "models/2026-11-20/report.json was changed since train wrote it",
      hint: "restore it from a backup, or decide that night anew: churn run-all --date 2026-11-20 --again",
    });
  });
});

describe("an output", () => {
  const scores = parquet("models/NIGHT/scores.parquet");
  const best = json(
    "models/NIGHT/best.json",
    defineFormat({ version: 1, schema: z.strictObject({ id: z.string() }), upgrades: {} }),
  );
  const pages = folder("models/NIGHT/pages");
  const produces = { scores, best, pages };
  const page = (text: string) => new Map([["a.html", Buffer.from(text)]]);

  test("is written whole, and recorded with its size and digest", async ({ small }) => {
    let digest: string | undefined;
    const { outputs } = await run(
      small,
      defineStage({
        ...score,
        needs: {},
        produces,
        run: async ({ outputs }) => {
          ({ sha256: digest } = await outputs.scores.write((path) => writeFile(path, "0.5")));
          await outputs.best.write({ id: "a" });
          await outputs.pages.write(page("first"));
          return {};
        },
      }),
    );
    const json = '{\n  "schema_version": 1,\n  "id": "a"\n}\n';
    expect(digest).toBe(sha256("0.5"));
    expect(outputs).toEqual({
      scores: { kind: "file", key: "models/2026-11-23/scores.parquet", size_bytes: 3, sha256: sha256("0.5") },
      best: { kind: "file", key: "models/2026-11-23/best.json", size_bytes: json.length, sha256: sha256(json) },
      pages: {
        kind: "folder",
        key: "models/2026-11-23/pages",
        files: [{ name: "a.html", size_bytes: 5, sha256: sha256("first") }],
      },
    });
    expect(await readFile(join(small.store.address, "models/2026-11-23/best.json"), "utf8")).toBe(json);
    expect(await readFile(join(small.store.address, "models/2026-11-23/pages/a.html"), "utf8")).toBe("first");
  });

  test("is none where a part of the result is one", async ({ small }) => {
    let names: string[] = [];
    await run(
      small,
      defineStage({
        ...score,
        needs: {},
        produces: { best, source },
        run: async ({ outputs }) => {
          names = Object.keys(outputs);
          return {};
        },
      }),
    );
    expect(names).toEqual(["best"]);
  });

  test("takes the success record away before the first file is replaced, and not before", async ({ small }) => {
    const success = async () => (await readSuccess(small, NIGHT, "score")) !== undefined;
    const there: boolean[] = [];
    const stage = defineStage({
      ...score,
      needs: {},
      produces,
      run: async ({ outputs }) => {
        there.push(await success());
        await outputs.scores.write(async (path) => {
          there.push(await success());
          await writeFile(path, "0.5");
        });
        return {};
      },
    });
    await run(small, stage);
    await run(small, stage, { force: true });
    expect(there).toEqual([false, false, true, false]);
    expect(await success()).toBe(true);
  });

  test("takes it away once: what another process writes meanwhile stays", async ({ small }) => {
    await run(
      small,
      defineStage({
        ...score,
        needs: {},
        produces,
        run: async ({ outputs }) => {
          await outputs.best.write({ id: "a" });
          await succeeded(small, NIGHT, "score");
          await outputs.best.write({ id: "b" });
          expect(await small.store.read(recordKey(NIGHT, "score"))).toBeDefined();
          return {};
        },
      }),
    );
  });

  test("of an earlier attempt is adopted if every file still is what it was", async ({ small }) => {
    await small.store.write("models/2026-11-23/pages/a.html", "first");
    await small.store.write("models/2026-11-23/pages/b.html", "second");
    const adopted: unknown[] = [];
    const { outputs } = await run(
      small,
      defineStage({
        ...score,
        needs: {},
        produces,
        run: async ({ outputs: { pages } }) => {
          adopted.push(await pages.adopt({ "a.html": sha256("first"), "c.html": sha256("third") }));
          adopted.push(await pages.adopt({ "a.html": sha256("first"), "b.html": sha256("other") }));
          adopted.push(await pages.adopt({ "a.html": sha256("first"), "b.html": sha256("second") }));
          return {};
        },
      }),
    );
    expect(adopted).toEqual([
      undefined,
      undefined,
      new Map([
        ["a.html", Buffer.from("first")],
        ["b.html", Buffer.from("second")],
      ]),
    ]);
    expect(outputs).toEqual({
      pages: {
        kind: "folder",
        key: "models/2026-11-23/pages",
        files: [
          { name: "a.html", size_bytes: 5, sha256: sha256("first") },
          { name: "b.html", size_bytes: 6, sha256: sha256("second") },
        ],
      },
    });
  });
});
