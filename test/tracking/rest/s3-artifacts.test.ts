import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { sha256 } from "../../../src/lib/files/fingerprint.ts";
import { openBucket } from "../../../src/lib/s3/client.ts";
import { readBucketFiles, writeBucketFiles } from "../../../src/lib/tracking/rest/s3-artifacts.ts";
import { refusals, startFaultyS3 } from "../../support/faulty-s3.ts";
import { oddServer } from "../../support/odd-server.ts";
import { s3Settings } from "../../support/s3-settings.ts";
import { trackingAt } from "../../support/tracking-server.ts";

const text = (value: string) => Buffer.from(value);
const MLMODEL = "utc_time_created: '2026'\nmodel_uuid: a\nflavors: {}\n";
const model = new Map([
  ["MLmodel", text(MLMODEL)],
  ["model.json", text("{}")],
  ["code/a b#ü%20.py", text("a")],
]);
const reports = new Map([["features.json", text("[]")]]);

/** MLflow, whose run and version have their files at an address, and a server of S3's kind, whose bucket `team` has some files. */
async function servers(
  address: string,
  { files = {}, deadlineSeconds = 0 }: { files?: Readonly<Record<string, string>>; deadlineSeconds?: number } = {},
) {
  const s3 = await startFaultyS3();
  const team = s3.objects("team");
  for (const [key, body] of Object.entries(files)) team.set(key, text(body));
  const mlflow = await oddServer(({ target }) =>
    target.includes("get-download-uri")
      ? { body: { artifact_uri: address } }
      : { body: { run: { info: { run_id: "r", experiment_id: "1", artifact_uri: address }, data: {} } } },
  );
  const tracking = trackingAt(mlflow.url, { env: s3.env, deadlineSeconds });
  return {
    s3,
    team,
    mlflow,
    tracking,
    async [Symbol.asyncDispose]() {
      for (const one of [tracking, mlflow, s3]) await one[Symbol.asyncDispose]();
    },
  };
}

const version = {
  name: "churn-model",
  version: 1,
  stage: "Production",
  runId: "r",
  source: "models:/m-1",
  creationTime: 0,
  tag: () => undefined,
  aliases: [],
} as const;

test("a run's files go straight into the bucket, MLmodel last, each held to its SHA-256", async () => {
  await using made = await servers("s3://team/ml/1/r/artifacts");
  const { tracking, team, s3, mlflow } = made;
  expect(await tracking.logModel("r", model)).toEqual({ modelUri: "s3://team/ml/1/r/artifacts/model" });
  await tracking.logArtifacts("r", reports);
  expect(Object.fromEntries([...team].map(([key, body]) => [key, body.toString()]))).toEqual({
    "ml/1/r/artifacts/model/MLmodel": MLMODEL,
    "ml/1/r/artifacts/model/model.json": "{}",
    "ml/1/r/artifacts/model/code/a b#ü%20.py": "a",
    "ml/1/r/artifacts/features.json": "[]",
  });
  const puts = s3.seen.filter(({ method }) => method === "PUT");
  expect(puts.map(({ key }) => key.endsWith("/MLmodel"))).toEqual([false, false, true, false]);
  for (const { key, headers } of puts)
    expect(headers["x-amz-checksum-sha256"]).toBe(
      createHash("sha256")
        .update(team.get(key) ?? "")
        .digest("base64"),
    );
  // Sizes are the bucket's own: the server may have no rights to it.
  expect(s3.count({ method: "LIST" })).toBe(2);
  expect(mlflow.seen.filter(({ target }) => target.includes("artifacts"))).toEqual([]);
});

test.each(["s3://team/m l/é%20/1/r/artifacts", "s3://team/r/artifacts/"])(
  "a key is what the address says, letter for letter, as for MLflow's own client: %s",
  async (address) => {
    await using made = await servers(address);
    await made.tracking.logArtifacts("r", reports);
    expect([...made.team.keys()]).toEqual([`${address.slice("s3://team/".length).replace(/\/$/, "")}/features.json`]);
  },
);

test.each(["s3://team", "s3://team/records", "s3://team/1/another/artifacts", "s3://team/1/r/artifacts/.."])(
  "a server that wants a run's files elsewhere in a bucket is refused: %s",
  async (address) => {
    await using made = await servers(address);
    await expect(made.tracking.logArtifacts("r", model)).rejects.toMatchObject({
      exitCode: 2,
      message: `MLflow at ${made.mlflow.url} wants the files of run r in ${address}, which is no folder of that run's`,
      hint: "start it with --serve-artifacts, so that files go through it",
    });
    expect(made.s3.seen).toEqual([]);
  },
);

test.each([
  "s3://user:secret@team/1/r/artifacts",
  "s3://team/../x/r/artifacts",
  "s3://team//1/r/artifacts",
  "s3:/r/artifacts",
])("an address that is none of a bucket is refused: %s", async (address) => {
  await using made = await servers(address);
  await expect(made.tracking.logArtifacts("r", model)).rejects.toMatchObject({
    exitCode: 2,
    message: `MLflow at ${made.mlflow.url} keeps files at ${address}, which isn't s3://BUCKET/PREFIX, without user, port, ?, # and \\, and without a folder called . or ..`,
    hint: "start it with another --default-artifact-root, for experiments that it makes from then on",
  });
  expect(made.s3.seen).toEqual([]);
});

test("an upload of which the bucket has less is made again, and told when there is no more time", async () => {
  for (const [lost, deadlineSeconds] of [
    [2, 60],
    [1, 0],
  ] as const) {
    await using made = await servers("s3://team/1/r/artifacts", { deadlineSeconds });
    const { team, tracking, s3 } = made;
    let times = 0;
    const set = team.set.bind(team);
    team.set = (key, body) => (key.endsWith("/model.json") && times++ < lost ? team : set(key, body));
    if (deadlineSeconds > 0) {
      await tracking.logModel("r", model);
      const puts = s3.seen.filter(({ method }) => method === "PUT").map(({ key }) => key.split("/").at(-1));
      expect(puts.slice(2)).toEqual(["MLmodel", "model.json", "model.json"]);
    } else {
      await expect(tracking.logModel("r", model)).rejects.toMatchObject({
        exitCode: 5,
        message: "s3://team/1/r/artifacts/model doesn't have model/model.json after its upload of 2 bytes",
        hint: "does something else write or remove there, a rule of the bucket's life cycle, say?",
      });
    }
  }
});

test("a version's files are read whole, also a logged model's; the marks of folders are none of them", async () => {
  for (const folder of ["1/r/artifacts/model", "1/models/m-1/artifacts"]) {
    const files = {
      [`${folder}/`]: "",
      [`${folder}/MLmodel`]: MLMODEL,
      [`${folder}/code/`]: "",
      [`${folder}/code/a b#ü.py`]: "code",
      [`${folder}/registered_model_meta`]: "x",
      [`${folder}2/other`]: "of another folder",
    };
    await using made = await servers(`s3://team/${folder}`, { files });
    const found = await made.tracking.downloadModel(version);
    expect([...found].map(([name, content]) => [name, Buffer.from(content).toString()])).toEqual([
      ["MLmodel", MLMODEL],
      ["code/a b#ü.py", "code"],
    ]);
    // An address of a bucket needs no looking up.
    expect(made.mlflow.seen).toHaveLength(1);
    expect(await made.tracking.downloadModel({ ...version, source: `s3://team/${folder}` })).toEqual(found);
    expect(made.mlflow.seen).toHaveLength(1);
  }
});

test("a version without files is told as at other servers", async () => {
  await using made = await servers("s3://team/1/gone", { files: { "1/gone2/MLmodel": MLMODEL } });
  await expect(made.tracking.downloadModel(version)).rejects.toMatchObject({
    exitCode: 5,
    message: "the files of churn-model version 1 are not at s3://team/1/gone",
    hint: "were they deleted by mlflow gc? Promote another version: churn models",
  });
});

test("a file that changes while it is read, and one whose path climbs, are no part of a model", async () => {
  await using made = await servers("s3://team/m", { files: { "m/model.json": "{}" } });
  made.s3.put(refusals.precondition, { method: "GET" });
  await expect(made.tracking.downloadModel(version)).rejects.toMatchObject({
    exitCode: 5,
    message: "s3://team/m/model.json was changed or removed while it was read",
    hint: "run it again when nobody writes there",
  });
  for (const path of ["a/../b", "a//b", "./a"]) {
    await using climbing = await servers("s3://team/m", { files: { [`m/${path}`]: "x" } });
    await expect(climbing.tracking.downloadModel(version)).rejects.toMatchObject({
      exitCode: 5,
      message: `MLflow names a file that lies nowhere: ${path}`,
    });
  }
});

test("what S3's client says of rights and credentials comes through as it is", async () => {
  for (const [refusal, says] of [
    [refusals.expired, /^the credentials for s3:\/\/team\/1\/r\/artifacts\/features\.json have expired$/],
    [refusals.denied, /^the server \S+ denies s3:PutObject on s3:\/\/team\/1\/r\/artifacts\/features\.json, request/],
    [refusals.noBucket, /^the server \S+ has no bucket team$/],
  ] as const) {
    await using made = await servers("s3://team/1/r/artifacts");
    made.s3.put(refusal);
    await expect(made.tracking.logArtifacts("r", reports)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(says),
    });
  }
});

test("at most eight files are on their way at a time", async () => {
  await using s3 = await startFaultyS3({ delay: 10 });
  const bucket = openBucket("team", s3Settings(s3.env));
  let most = 0;
  let now = 0;
  const counted = {
    ...bucket,
    put: async (...words: Parameters<typeof bucket.put>) => {
      now += 1;
      most = Math.max(most, now);
      const done = await bucket.put(...words);
      now -= 1;
      return done;
    },
  };
  const many = new Map(Array.from({ length: 30 }, (_, at) => [`f${at}`, text("x")]));
  await writeBucketFiles({ bucket: counted, prefix: "", address: "s3://team" }, many);
  expect(most).toBe(8);
  expect([...s3.objects("team").keys()].sort()).toEqual([...many.keys()].sort());
});

test("a model folder of more files or bytes than a model has is not read, nor listed to its end", async () => {
  await using s3 = await startFaultyS3();
  const bucket = openBucket("team", s3Settings(s3.env));
  const folder = { bucket, prefix: "m", address: "s3://team/m" };
  for (let at = 0; at < 3000; at += 1) s3.objects("team").set(`m/${at}`, text("x"));
  await expect(readBucketFiles(folder)).rejects.toMatchObject({
    exitCode: 5,
    message: "s3://team/m has more than 1000 files, which is all that is read of a model folder",
    hint: "what else lies in it belongs elsewhere",
  });
  expect(s3.seen).toHaveLength(2);
  const large = 2 ** 28;
  for (const [sizes, says] of [
    [[large, large, 1], `s3://team/m has ${2 * large + 1} bytes, and at most ${2 * large} are read of a model folder`],
    [[1, large + 1], `s3://team/m/1 has ${large + 1} bytes, and at most ${large} are read of a model folder`],
  ] as const) {
    const objects = sizes.map((size_bytes, at) => ({
      key: `m/${at}`,
      etag: sha256("x"),
      size_bytes,
      modified: new Date(0),
    }));
    const listing = { ...bucket, list: async () => ({ objects, folders: [] }) };
    await expect(readBucketFiles({ ...folder, bucket: listing })).rejects.toMatchObject({ exitCode: 5, message: says });
  }
  expect(s3.seen).toHaveLength(2);
});
