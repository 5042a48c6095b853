import { createHash } from "node:crypto";
import { describe, expect } from "vitest";
import { extract as extractCustomers } from "../../src/commands/extract.ts";
import { canonicalJson } from "../../src/lib/config/digest.ts";
import { UsageError } from "../../src/lib/errors.ts";
import type { Archive } from "../../src/lib/stage/archive.ts";
import type { Stage } from "../../src/lib/stage/define.ts";
import { assess, type Freshness, planWork, type Work } from "../../src/lib/stage/fresh.ts";
import { attemptKey, type StageRecord, writeRecord } from "../../src/lib/stage/record.ts";
import { nightOf } from "../../src/lib/workspace/night.ts";
import { VERSIONS } from "../../src/lib/workspace/versions.ts";
import { succeeded, successOf, writeSuccess } from "../support/records.ts";
import { atHand, config, extract, extracted, file, plan, test, train, trained } from "../support/small-pipeline.ts";

const NIGHT = "2026-11-23";
const BEFORE = "2026-11-20";

function question(archive: Archive, stage: Stage, work: Work, night = NIGHT): Promise<Freshness> {
  return assess(archive, stage, night, work, atHand(archive));
}

/** Why train would run, or "fresh". */
async function verdict(archive: Archive, work: Work, stage: Stage = train): Promise<string> {
  const freshness = await question(archive, stage, work);
  return freshness.fresh ? "fresh" : freshness.reason;
}

describe("a stage's work", () => {
  test("is the same however long a call to a server is repeated, and another with another server", async ({
    small,
  }) => {
    await extracted(small, NIGHT);
    const tracked: Stage = { ...train, reads: ["train", "tracking"] };
    const digest = async (changed: Partial<typeof config.tracking>) => {
      const tracking = { ...config.tracking, ...changed };
      return (await planWork(small, tracked, NIGHT, atHand(small, { tracking }), { accept_all: false })).digest;
    };
    expect(await digest({ deadline: "9m" })).toBe(await digest({}));
    expect(await digest({ uri: "https://mlflow.example.com" })).not.toBe(await digest({}));
  });

  test("is the same on any number of cores, and another with other parameters", async ({ small }) => {
    await extracted(small, NIGHT);
    const digest = async (changed: Partial<typeof config.train>) => {
      const work = await planWork(small, train, NIGHT, atHand(small, { train: { ...config.train, ...changed } }), {
        accept_all: false,
      });
      return work.digest;
    };
    expect(await digest({ threads: 3 })).toBe(await digest({}));
    expect(await digest({ cuts: { rows: 3_000 } })).not.toBe(await digest({}));
    expect(await digest({ rounds: 7 })).not.toBe(await digest({}));
  });

  test("of extract depends on the buckets' server where the customers come from one, and says so", async ({
    small,
  }) => {
    const work = (url: string, s3: Partial<typeof config.s3>) =>
      planWork(
        small,
        extractCustomers,
        NIGHT,
        atHand(small, { source: { ...config.source, url }, s3: { ...config.s3, ...s3 } }),
        {},
      );
    const [here, there] = [{ endpoint: "https://a.example.com" }, { endpoint: "https://b.example.com" }];
    const bucket = "parquet:s3://nights/customers";
    expect((await work(bucket, here)).config).toMatchObject({ s3: here });
    expect((await work(bucket, here)).digest).not.toBe((await work(bucket, there)).digest);
    expect((await work(bucket, { ...here, lease: "9m" })).digest).toBe((await work(bucket, here)).digest);
    for (const [url, s3] of [
      ["parquet:customers", here],
      [bucket, {}],
    ] as const) {
      const { config: recorded, digest } = await work(url, s3);
      expect(recorded).not.toHaveProperty("s3");
      expect(digest).toBe((await work(url, { lease: "9m" })).digest);
    }
  });

  test("is made of what the records before it name", async ({ small }) => {
    const { outputs } = await extracted(small, NIGHT);
    const value = { source: "x.duckdb" };
    const { inputs, previous, flags } = await plan(small, NIGHT);
    expect(inputs).toEqual({
      table: outputs.table,
      counted: outputs.counted,
      source: {
        kind: "result",
        key: "records/2026-11-23/extract.json",
        value,
        sha256: createHash("sha256").update(JSON.stringify(value)).digest("hex"),
      },
    });
    expect(previous).toBeUndefined();
    expect(flags).toEqual({ accept_all: false });
  });

  test("and of the newest decided night of an earlier date, for a date's second decision too", async ({ small }) => {
    await extracted(small, BEFORE);
    const { outputs } = await trained(small, BEFORE);
    await succeeded(small, BEFORE, "register");
    await extracted(small, NIGHT);
    await succeeded(small, NIGHT, "register");
    await extracted(small, `${NIGHT}.2`);
    for (const night of [NIGHT, `${NIGHT}.2`]) {
      const { inputs, previous } = await plan(small, night);
      expect(previous).toBe(BEFORE);
      expect(Object.keys(inputs)).toEqual(["table", "counted", "source", "previous.report"]);
      expect(inputs["previous.report"]).toEqual(outputs.report);
    }
  });

  test("has no earlier night where the stage asks for none", async ({ small }) => {
    await extracted(small, BEFORE);
    await succeeded(small, BEFORE, "register");
    const { inputs, previous } = await planWork(small, extract, NIGHT, atHand(small), {});
    expect({ inputs, previous }).toEqual({ inputs: {}, previous: undefined });
  });

  test("and of a later night that is decided, for a stage that asks", async ({ small }) => {
    await extracted(small, BEFORE);
    await succeeded(small, NIGHT, "register");
    await succeeded(small, `${NIGHT}.2`, "train");
    const asking = { ...train, later: true };
    const { inputs, later } = await planWork(small, asking, BEFORE, atHand(small), train.flags.parse({}));
    expect(later).toEqual(nightOf(NIGHT, 1));
    expect(inputs.later).toEqual({
      kind: "result",
      key: "records/2026-11-23/register.json",
      value: NIGHT,
      sha256: createHash("sha256").update(JSON.stringify(NIGHT)).digest("hex"),
    });
    expect(await plan(small, BEFORE)).toMatchObject({ later: undefined, inputs: expect.not.objectContaining(inputs) });
    await extracted(small, NIGHT);
    expect(await planWork(small, asking, NIGHT, atHand(small), train.flags.parse({}))).toMatchObject({
      later: undefined,
    });
  });

  test("can't be told before the stages before it have succeeded", async ({ small }) => {
    await expect(plan(small, NIGHT)).rejects.toMatchObject({
      exitCode: 4,
      message: "raw/2026-11-23/table.parquet is missing: extract has not succeeded for 2026-11-23",
    });
  });

  test("has the sections of churn.yaml that the stage reads, without secrets", async ({ small }) => {
    await extracted(small, NIGHT);
    const params = { ...config.train.params, note: "s3cret" };
    const work = await plan(small, NIGHT, { changed: { train: { ...config.train, params } } });
    expect(work.config).toEqual({
      train: { ...config.train, params: { ...config.train.params, note: "***" } },
      evaluate: config.evaluate,
    });
  });
});

describe("the digest of the work", () => {
  const digest = async (...planned: Parameters<typeof plan>) => (await plan(...planned)).digest;

  test("can be reckoned from the record: the stage, its inputs' digests, configuration, flags and versions", async ({
    small,
  }) => {
    await extracted(small, NIGHT);
    const work = await plan(small, NIGHT);
    const inputs: Record<string, string> = {};
    for (const [name, reference] of Object.entries(work.inputs)) {
      if (reference.kind === "folder") throw new Error("train needs no folder");
      inputs[name] = reference.sha256;
    }
    const said = canonicalJson({ stage: "train", inputs, config: work.config, flags: work.flags, versions: VERSIONS });
    expect(work.digest).toBe(createHash("sha256").update(said).digest("hex"));
  });

  test("is the same for the same work, of any night", async ({ small }) => {
    await extracted(small, NIGHT);
    const before = await digest(small, NIGHT);
    expect(await digest(small, NIGHT)).toBe(before);
    const { evaluate, train: section } = config;
    expect(await digest(small, NIGHT, { changed: { evaluate: { ...evaluate }, train: { ...section } } })).toBe(before);
    await extracted(small, BEFORE);
    expect(await digest(small, BEFORE)).toBe(before);
  });

  test("changes with an input, a key that is read, a flag, and what an earlier night left", async ({ small }) => {
    await extracted(small, NIGHT);
    const digests = [await digest(small, NIGHT)];
    digests.push(await digest(small, NIGHT, { changed: { evaluate: { threshold: 0.3 } } }));
    digests.push(await digest(small, NIGHT, { flags: { accept_all: true } }));
    await extracted(small, NIGHT, 4);
    digests.push(await digest(small, NIGHT));
    await extracted(small, BEFORE);
    await trained(small, BEFORE);
    await succeeded(small, BEFORE, "register");
    digests.push(await digest(small, NIGHT));
    expect(new Set(digests).size).toBe(5);
  });

  test("doesn't change with a key that the stage doesn't read", async ({ small }) => {
    await extracted(small, NIGHT);
    const changed = { compare: { ...config.compare, min_improvement: 0.5 } };
    expect(await digest(small, NIGHT, { changed })).toBe(await digest(small, NIGHT));
  });

  test("tells secrets apart that the record masks", async ({ small }) => {
    await extracted(small, NIGHT);
    const noted = (note: string) => ({
      changed: { train: { ...config.train, params: { ...config.train.params, note } } },
    });
    const [one, other] = [await plan(small, NIGHT, noted("s3cret")), await plan(small, NIGHT, noted("***"))];
    expect(one.config).toEqual(other.config);
    expect(one.digest).not.toBe(other.digest);
  });
});

describe("secrets and freshness", () => {
  const withSecret = (url: string) => ({ source: { ...config.source, url, table: "t" } });
  const planned = (archive: Archive, url: string) =>
    planWork(archive, extract, NIGHT, atHand(archive, withSecret(url)), {});

  test("no password of an address is part of the digest: another one is the same work", async ({ small }) => {
    const { digest } = await planned(small, "postgres://churn:first@db/crm");
    expect((await planned(small, "postgres://churn:second@db/crm")).digest).toBe(digest);
    expect((await planned(small, "postgres://churn:first@other/crm")).digest).not.toBe(digest);
  });

  test("what the environment masks today and didn't then is no change", async ({ small }) => {
    const work = await planned(small, "duckdb:s3cret/x.duckdb");
    expect(work.config).toMatchObject({ source: { url: "duckdb:***/x.duckdb" } });
    const unmasked = { source: { url: "duckdb:s3cret/x.duckdb", table: "t" } };
    const { outputs } = await extracted(small, NIGHT);
    const record = successOf(NIGHT, "extract", { versions: VERSIONS, outputs, digest: work.digest, config: unmasked });
    await writeSuccess({ ...small, redact: String }, { ...record, result: { source: "x", seconds: 1 } });
    await writeSuccess(small, successOf(NIGHT, "validate", { inputs: outputs }));
    expect(await verdict(small, work, extract)).toBe("fresh");
  });

  test("nor is it the reason when something else has changed, masked then or today", async ({ small }) => {
    await extracted(small, NIGHT);
    const masking = { ...small, redact: (text: string) => text.replace(config.train.algorithm, "***") };
    const other = { changed: { train: { ...config.train, rounds: config.train.rounds + 1 } } };
    for (const [then, today] of [
      [masking, small],
      [small, masking],
    ] as const) {
      await trained(then, NIGHT, await plan(then, NIGHT));
      expect(await verdict(today, await plan(today, NIGHT))).toBe("fresh");
      expect(await verdict(today, await plan(today, NIGHT, other))).toBe("train.rounds changed");
    }
  });

  test("two texts that are both masked are told apart", async ({ small }) => {
    await extracted(small, NIGHT);
    const noted = (note: string) => ({
      changed: { train: { ...config.train, params: { ...config.train.params, note } } },
    });
    const archive = { ...small, redact: (text: string) => text.replace(/^secret.*/, "***") };
    await trained(archive, NIGHT, await plan(archive, NIGHT, noted("secret one")));
    expect(await verdict(archive, await plan(archive, NIGHT, noted("secret one")))).toBe("fresh");
    expect(await verdict(archive, await plan(archive, NIGHT, noted("secret two")))).toBe(
      "what is masked in churn.yaml changed",
    );
  });
});

describe("without a success there is a reason why not:", () => {
  const failed = { name: "ServiceError", message: "the disk is full", hint: null, exit_code: 5 };

  async function attempted(archive: Archive, run: string, change: Partial<StageRecord>): Promise<void> {
    await writeRecord(archive, attemptKey(NIGHT, run, "train"), successOf(NIGHT, "train", { run, ...change }));
  }
  async function why(archive: Archive): Promise<Freshness> {
    await extracted(archive, NIGHT);
    return question(archive, train, await plan(archive, NIGHT));
  }

  test("it has not run yet", async ({ small }) => {
    expect(await why(small)).toEqual({ fresh: false, reason: "has not run yet", first: true });
  });

  test("it failed", async ({ small }) => {
    await attempted(small, "20261123T050000Z-7f3a", { status: "failed", error: failed });
    expect(await why(small)).toEqual({ fresh: false, reason: "failed in run 7f3a", first: false });
  });

  test("it was stopped, or died before it could say so", async ({ small }) => {
    await attempted(small, "20261123T050000Z-7f3a", { status: "interrupted" });
    expect(await why(small)).toEqual({ fresh: false, reason: "interrupted in run 7f3a", first: false });
    await attempted(small, "20261123T060000Z-0001", { status: "running", ended_at: null });
    expect(await why(small)).toEqual({ fresh: false, reason: "interrupted in run 0001", first: false });
  });

  test("it succeeded, and the record is gone", async ({ small }) => {
    await attempted(small, "20261123T050000Z-7f3a", { status: "succeeded" });
    expect(await why(small)).toEqual({ fresh: false, reason: "its record is missing since run 7f3a", first: false });
  });

  test("the newest attempt counts", async ({ small }) => {
    await attempted(small, "20261123T050000Z-7f3a", { status: "interrupted" });
    await attempted(small, "20261123T060000Z-0001", { status: "failed", error: failed });
    expect(await why(small)).toMatchObject({ reason: "failed in run 0001" });
  });
});

describe("a success holds", () => {
  test("while nothing differs: then its record comes back", async ({ small }) => {
    await extracted(small, NIGHT);
    const record = await trained(small, NIGHT);
    expect(await question(small, train, await plan(small, NIGHT))).toEqual({ fresh: true, record });
  });

  test("until a version differs, or was none that it named", async ({ small }) => {
    await extracted(small, NIGHT);
    const record = await trained(small, NIGHT);
    const work = await plan(small, NIGHT);
    await writeSuccess(small, { ...record, versions: { ...record.versions, churn: "1.0.0" } });
    expect(await question(small, train, work)).toEqual({
      fresh: false,
      reason: `churn was 1.0.0, is ${VERSIONS.churn}`,
      first: false,
    });
    await writeSuccess(small, { ...record, versions: { churn: VERSIONS.churn } });
    expect(await verdict(small, work)).toBe(`duckdb was absent, is ${VERSIONS.duckdb}`);
  });

  test("until a key differs: the first one is named", async ({ small }) => {
    await extracted(small, NIGHT);
    await trained(small, NIGHT);
    const train = { ...config.train, rounds: 5, algorithm: "xgboost" as const };
    expect(await verdict(small, await plan(small, NIGHT, { changed: { train, evaluate: { threshold: 0.3 } } }))).toBe(
      "evaluate.threshold changed",
    );
    expect(await verdict(small, await plan(small, NIGHT, { changed: { train } }))).toBe("train.rounds changed");
  });

  test("until a flag differs", async ({ small }) => {
    await extracted(small, NIGHT);
    await trained(small, NIGHT);
    expect(await verdict(small, await plan(small, NIGHT, { flags: { accept_all: true } }))).toBe(
      "--accept-all changed",
    );
  });

  test("until an input differs; one that was made again with the same bytes does not", async ({ small }) => {
    await extracted(small, NIGHT);
    await trained(small, NIGHT);
    await extracted(small, NIGHT);
    expect(await verdict(small, await plan(small, NIGHT))).toBe("fresh");
    await extracted(small, NIGHT, 4);
    expect(await verdict(small, await plan(small, NIGHT))).toBe("raw/2026-11-23/table.parquet changed");
  });

  test("until an input comes or goes", async ({ small }) => {
    await extracted(small, BEFORE);
    await trained(small, BEFORE);
    await succeeded(small, BEFORE, "register");
    await extracted(small, NIGHT);
    const work = await plan(small, NIGHT);
    const { "previous.report": _, ...fewer } = work.inputs;
    await trained(small, NIGHT, { ...work, inputs: fewer });
    expect(await verdict(small, work)).toBe("models/2026-11-20/report.json changed");
    await trained(small, NIGHT, work);
    expect(await verdict(small, { ...work, inputs: fewer })).toBe("previous.report is no longer needed");
  });

  test("until a later night was decided, for a stage that asks", async ({ small }) => {
    await extracted(small, BEFORE);
    const asking = { ...train, later: true };
    const work = () => planWork(small, asking, BEFORE, atHand(small), train.flags.parse({}));
    await trained(small, BEFORE, await work());
    await succeeded(small, NIGHT, "register");
    expect(await question(small, asking, await work(), BEFORE)).toMatchObject({ reason: "a later night was decided" });
    await trained(small, BEFORE, await work());
    expect(await question(small, asking, await work(), BEFORE)).toMatchObject({ fresh: true });
    await succeeded(small, "2026-11-24", "register");
    expect(await question(small, asking, await work(), BEFORE)).toMatchObject({ reason: "a later night was decided" });
  });

  test("until an output was changed or removed, a file of a folder too", async ({ small }) => {
    await extracted(small, NIGHT);
    await trained(small, NIGHT);
    const work = await plan(small, NIGHT);
    await file(small, "models/2026-11-23/report.json", "{}");
    expect(await verdict(small, work)).toBe("models/2026-11-23/report.json was changed");
    await small.store.remove("models/2026-11-23/model/model.json");
    expect(await verdict(small, work)).toBe("models/2026-11-23/model/model.json was removed");
  });

  test("until something outside has changed since its result", async ({ small }) => {
    await extracted(small, NIGHT);
    await trained(small, NIGHT);
    const work = await plan(small, NIGHT);
    const looking = (found: string | undefined): Stage => ({
      ...train,
      outside: async ({ config: { evaluate }, services }, result) =>
        found &&
        `${found} beside ${JSON.stringify(result)}, ${evaluate.threshold}, ${services.store() === small.store}`,
    });
    expect(await verdict(small, work, looking("Production is version 4"))).toBe(
      'Production is version 4 beside {"rows":3}, 0.5, true',
    );
    expect(await verdict(small, work, looking(undefined))).toBe("fresh");
  });

  test("and what goes wrong outside is told", async ({ small }) => {
    await extracted(small, NIGHT);
    await trained(small, NIGHT);
    const outside = () => Promise.reject(new UsageError("no such registry"));
    await expect(verdict(small, await plan(small, NIGHT), { ...train, outside })).rejects.toThrow("no such registry");
  });
});

describe("files that another stage makes final", () => {
  const notYet = "validate has not accepted it yet";

  test("are made again until it has accepted all of them", async ({ small }) => {
    const { outputs } = await extracted(small, NIGHT);
    const work = await planWork(small, extract, NIGHT, atHand(small), {});
    expect(await verdict(small, work, extract)).toBe(notYet);
    const { table, counted } = outputs;
    if (table === undefined || counted === undefined) throw new Error("extract has two outputs");
    await writeSuccess(small, successOf(NIGHT, "validate", { inputs: { table } }));
    expect(await verdict(small, work, extract)).toBe(notYet);
    await writeSuccess(small, successOf(NIGHT, "validate", { inputs: { table, other: counted } }));
    expect(await verdict(small, work, extract)).toBe("fresh");
  });

  test("are taken as they are where a person speaks for what it has refused, and for nothing that it has not seen", async ({
    small,
  }) => {
    const { outputs } = await extracted(small, NIGHT, 4);
    const work = await planWork(small, extract, NIGHT, atHand(small), {});
    const taken = async () => {
      const freshness = await assess(small, extract, NIGHT, work, { ...atHand(small), takesRefused: true });
      return freshness.fresh ? "fresh" : freshness.reason;
    };
    expect(await taken()).toBe(notYet);
    const refused = successOf(NIGHT, "validate", { status: "failed", inputs: outputs });
    await writeRecord(small, attemptKey(NIGHT, refused.run, "validate"), refused);
    expect(await taken()).toBe("fresh");
    expect(await verdict(small, work, extract)).toBe(notYet);
    await extracted(small, NIGHT, 3);
    expect(await taken()).toBe(notYet);
  });

  test("are no longer the ones that it accepted once they differ", async ({ small }) => {
    const { outputs } = await extracted(small, NIGHT, 4);
    const work = await planWork(small, extract, NIGHT, atHand(small), {});
    await writeSuccess(small, successOf(NIGHT, "validate", { inputs: outputs }));
    await extracted(small, NIGHT, 3);
    expect(await verdict(small, work, extract)).toBe(notYet);
  });
});

test("the questions are asked in one order, the cheapest first: version, key, flag, input, output, acceptance, outside", async ({
  small,
}) => {
  await extracted(small, NIGHT);
  const work = await plan(small, NIGHT, { changed: { evaluate: { threshold: 0.3 } }, flags: { accept_all: true } });
  const holding = await trained(small, NIGHT, work);
  const stage: Stage = {
    ...train,
    final: { acceptedBy: "validate" },
    outside: async () => "Production is version 4 now",
  };
  const other = await file(small, "raw/2026-11-23/other.parquet", "other");
  let record: StageRecord = {
    ...holding,
    versions: { ...holding.versions, churn: "1.0.0" },
    config: { ...holding.config, evaluate: { threshold: 0.5 } },
    flags: { accept_all: false },
    inputs: { ...holding.inputs, table: other },
    digest: "e".repeat(64),
  };
  await small.store.remove("models/2026-11-23/report.json");
  const reasonAfter = async (mended: Partial<StageRecord> = {}) => {
    record = { ...record, ...mended };
    await writeSuccess(small, record);
    return verdict(small, work, stage);
  };
  expect(await reasonAfter()).toBe(`churn was 1.0.0, is ${VERSIONS.churn}`);
  expect(await reasonAfter({ versions: holding.versions })).toBe("evaluate.threshold changed");
  expect(await reasonAfter({ config: holding.config })).toBe("--accept-all changed");
  expect(await reasonAfter({ flags: holding.flags })).toBe("raw/2026-11-23/table.parquet changed");
  expect(await reasonAfter({ inputs: holding.inputs })).toBe("models/2026-11-23/report.json was removed");
  await trained(small, NIGHT, work);
  expect(await reasonAfter()).toBe("validate has not accepted it yet");
  await writeSuccess(small, successOf(NIGHT, "validate", { inputs: holding.outputs }));
  expect(await reasonAfter()).toBe("Production is version 4 now");
});
