import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { bucketServer, type Fault, s3Refusal } from "../../support/bucket-server.ts";
import { oddServer } from "../../support/odd-server.ts";
import { trackingAt } from "../../support/tracking-server.ts";

const text = (value: string) => Buffer.from(value);
const MLMODEL = "utc_time_created: '2026'\nmodel_uuid: a\nflavors: {}\n";
const model = new Map([
  ["MLmodel", text(MLMODEL)],
  ["model.json", text("{}")],
  ["code/a b#ü%20.py", text("a")],
]);

/** Keys of nobody: the servers here don't look. */
const KEYS = { AWS_ACCESS_KEY_ID: "k", AWS_SECRET_ACCESS_KEY: "s" };

/** MLflow, whose run has its artifacts at an address, and a server of S3's kind, which has some files. */
async function servers(
  address: string,
  files: Readonly<Record<string, string>> = {},
  { fault, deadlineSeconds = 0 }: { fault?: Fault; deadlineSeconds?: number } = {},
) {
  const objects = new Map(Object.entries(files).map(([key, body]) => [key, { body }]));
  const buckets = await bucketServer(objects, fault);
  const mlflow = await oddServer(({ target }) =>
    target.includes("get-download-uri")
      ? { body: { artifact_uri: address } }
      : { body: { run: { info: { run_id: "r", experiment_id: "1", artifact_uri: address }, data: {} } } },
  );
  const tracking = trackingAt(mlflow.url, { env: KEYS, s3: { endpoint: buckets.url }, deadlineSeconds });
  return {
    objects,
    buckets,
    mlflow,
    tracking,
    async [Symbol.asyncDispose]() {
      for (const one of [tracking, mlflow, buckets]) await one[Symbol.asyncDispose]();
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
  const { tracking, objects, buckets, mlflow } = made;
  expect(await tracking.logModel("r", model)).toEqual({ modelUri: "s3://team/ml/1/r/artifacts/model" });
  await tracking.logArtifacts("r", new Map([["features.json", text("[]")]]));
  expect(Object.fromEntries([...objects].map(([key, { body }]) => [key, body]))).toEqual({
    "team/ml/1/r/artifacts/model/MLmodel": MLMODEL,
    "team/ml/1/r/artifacts/model/model.json": "{}",
    "team/ml/1/r/artifacts/model/code/a b#ü%20.py": "a",
    "team/ml/1/r/artifacts/features.json": "[]",
  });
  const puts = buckets.seen.filter(({ method }) => method === "PUT");
  expect(puts.map(({ target }) => /model\/MLmodel\?/.test(target))).toEqual([false, false, true, false]);
  for (const { headers, body } of puts)
    expect(headers["x-amz-checksum-sha256"]).toBe(createHash("sha256").update(body).digest("base64"));
  // Sizes are the bucket's own: the server may have no rights to it.
  expect(buckets.seen.filter(({ method }) => method === "GET")).toHaveLength(2);
  expect(mlflow.seen.filter(({ target }) => /artifacts/.test(target))).toEqual([]);
});

test.each(["s3://team/m l/é%20/1/r/artifacts", "s3://team/r/artifacts/"])(
  "a key is what the address says, letter for letter, as for MLflow's own client: %s",
  async (address) => {
    await using made = await servers(address);
    await made.tracking.logArtifacts("r", new Map([["features.json", text("[]")]]));
    expect([...made.objects.keys()]).toEqual([`${address.slice("s3://".length).replace(/\/$/, "")}/features.json`]);
  },
);

test("at most eight files are on their way at a time", async () => {
  let most = 0;
  let now = 0;
  const fault: Fault = ({ method }) => {
    if (method !== "PUT") return undefined;
    now += 1;
    most = Math.max(most, now);
    return (response) =>
      void setTimeout(() => {
        now -= 1;
        response.writeHead(200, { etag: '"1"' }).end();
      }, 20);
  };
  await using made = await servers("s3://team/1/r/artifacts", {}, { fault });
  const many = new Map(Array.from({ length: 30 }, (_, at) => [`f${at}`, text("x")]));
  await expect(made.tracking.logArtifacts("r", many)).rejects.toMatchObject({ exitCode: 5 });
  expect(most).toBe(8);
});

test.each(["s3://team", "s3://team/records", "s3://team/1/another/artifacts", "s3://team/1/r/artifacts/.."])(
  "a server that wants a run's files elsewhere in a bucket is refused: %s",
  async (address) => {
    await using made = await servers(address);
    await expect(made.tracking.logArtifacts("r", model)).rejects.toMatchObject({
      exitCode: 2,
      message: `MLflow at ${made.mlflow.url} wants the files of run r in ${address}, which is no folder of that run's`,
      hint: "start it with --serve-artifacts, so that files go through it",
    });
    expect(made.buckets.seen).toEqual([]);
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
    message: expect.stringMatching(
      /^MLflow at \S+ keeps files at \S+, which isn't s3:\/\/BUCKET\/PREFIX, in plain letters, without \. or \.\. as a folder$/,
    ),
    hint: "start it with another --default-artifact-root, for experiments that it makes from then on",
  });
  expect(made.buckets.seen).toEqual([]);
});

test("an upload of which the bucket has less is made again, and told when there is no more time", async () => {
  const address = "s3://team/1/r/artifacts";
  let times = 0;
  const lost: Fault = ({ method, key }) =>
    method === "PUT" && key.endsWith("model.json") && times++ < 2 ? { headers: { etag: '"1"' }, body: "" } : undefined;
  await using slow = await servers(address, {}, { fault: lost, deadlineSeconds: 60 });
  await slow.tracking.logModel("r", model);
  const puts = slow.buckets.seen
    .filter(({ method }) => method === "PUT")
    .map(({ target }) => target.split(/[/?]/).at(-2));
  expect(puts.slice(3)).toEqual(["model.json", "model.json"]);

  times = 0;
  await using made = await servers(address, {}, { fault: lost });
  await expect(made.tracking.logModel("r", model)).rejects.toMatchObject({
    exitCode: 5,
    message: "s3://team/1/r/artifacts/model doesn't have model/model.json after its upload of 2 bytes",
    hint: "does something else write or remove there, a rule of the bucket's life cycle, say?",
  });
});

test("a version's files are read whole, also a logged model's; the marks of folders are none of them", async () => {
  for (const folder of ["1/r/artifacts/model", "1/models/m-1/artifacts"]) {
    await using made = await servers(`s3://team/${folder}`, {
      [`team/${folder}/`]: "",
      [`team/${folder}/MLmodel`]: MLMODEL,
      [`team/${folder}/code/`]: "",
      [`team/${folder}/code/a b#ü.py`]: "code",
      [`team/${folder}/registered_model_meta`]: "x",
      [`team/${folder}2/other`]: "of another folder",
    });
    const files = await made.tracking.downloadModel(version);
    expect([...files].map(([name, content]) => [name, Buffer.from(content).toString()])).toEqual([
      ["MLmodel", MLMODEL],
      ["code/a b#ü.py", "code"],
    ]);
    // An address of a bucket needs no looking up.
    const before = made.mlflow.seen.length;
    expect(before).toBe(1);
    expect(await made.tracking.downloadModel({ ...version, source: `s3://team/${folder}` })).toEqual(files);
    expect(made.mlflow.seen).toHaveLength(before);
  }
});

test("a version without files is told as at other servers", async () => {
  await using made = await servers("s3://team/1/gone", { "team/1/gone2/MLmodel": MLMODEL });
  await expect(made.tracking.downloadModel(version)).rejects.toMatchObject({
    exitCode: 5,
    message: "the files of churn-model version 1 are not at s3://team/1/gone",
    hint: "were they deleted by mlflow gc? Promote another version: churn models",
  });
});

test("a model folder of more files or bytes than a model has is not read", async () => {
  const listed = (sizes: readonly number[]) =>
    new Map(sizes.map((size, at) => [`team/m/f${String(at).padStart(4, "0")}`, { body: "x", listed: size }]));
  for (const [sizes, says] of [
    [
      Array.from({ length: 1001 }, () => 1),
      "s3://team/m has more than 1000 files, which is all that is read of a model folder",
    ],
    [[2 ** 28, 2 ** 28, 1], `s3://team/m has ${2 ** 29 + 1} bytes, and at most ${2 ** 29} are read of a model folder`],
    [[1, 2 ** 28 + 1], `s3://team/m/f0001 has ${2 ** 28 + 1} bytes, and at most ${2 ** 28} are read of a model folder`],
  ] as const) {
    await using made = await servers("s3://team/m");
    for (const [key, object] of listed(sizes)) made.objects.set(key, object);
    await expect(made.tracking.downloadModel(version)).rejects.toMatchObject({ exitCode: 5, message: says });
    expect(made.buckets.seen).toHaveLength(1);
  }
});

test("a file that changes while it is read, and one whose path climbs, are no part of a model", async () => {
  const changed: Fault = ({ key }) => (key.endsWith("model.json") ? s3Refusal(412, "PreconditionFailed") : undefined);
  await using made = await servers("s3://team/m", { "team/m/model.json": "{}" }, { fault: changed });
  await expect(made.tracking.downloadModel(version)).rejects.toMatchObject({
    exitCode: 5,
    message: "s3://team/m/model.json was changed or removed while it was read",
    hint: "run it again when nobody writes there",
  });
  for (const path of ["a/../b", "a//b", "./a"]) {
    await using climbing = await servers("s3://team/m", { [`team/m/${path}`]: "x" });
    await expect(climbing.tracking.downloadModel(version)).rejects.toMatchObject({
      exitCode: 5,
      message: `MLflow names a file that lies nowhere: ${path}`,
    });
  }
});

test("what S3's client says of rights and credentials comes through as it is", async () => {
  const address = "s3://team/1/r/artifacts";
  for (const [status, code, says] of [
    [400, "ExpiredToken", /^the credentials for s3:\/\/team\/1\/r\/artifacts\/features\.json have expired$/],
    [403, "AccessDenied", /^the server \S+ denies s3:PutObject on s3:\/\/team\/1\/r\/artifacts\/features\.json$/],
    [404, "NoSuchBucket", /^the server \S+ has no bucket team$/],
  ] as const) {
    await using made = await servers(address, {}, { fault: () => s3Refusal(status, code) });
    await expect(made.tracking.logArtifacts("r", new Map([["features.json", text("[]")]]))).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(says),
    });
  }
});
