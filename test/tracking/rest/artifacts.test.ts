import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { oddServer } from "../../support/odd-server.ts";
import { trackingAt } from "../../support/tracking-server.ts";

const text = (value: string) => Buffer.from(value);
const model = new Map([
  ["MLmodel", text("utc_time_created: '2026'\nmodel_uuid: a\nflavors: {}\n")],
  ["model.json", text("{}")],
]);

/** A server whose run has its artifacts at an address, and lists what it was given of each file. */
async function store(address: string, given: (bytes: number) => number | undefined = (bytes) => bytes) {
  const files = new Map<string, string>();
  const server = await oddServer(({ method, target, body }) => {
    const url = new URL(target, "http://x");
    const proxied = url.pathname.split("/mlflow-artifacts/artifacts/")[1];
    if (method === "PUT" && proxied !== undefined) {
      files.set(decodeURIComponent(proxied), body);
      return {};
    }
    if (url.pathname.endsWith("/artifacts/list")) {
      const listed = [...files].map(([path, content]) => ({
        path: path.split("/artifacts/")[1],
        is_dir: false,
        file_size: given(Buffer.byteLength(content)),
      }));
      return { body: { files: listed } };
    }
    return { body: { run: { info: { run_id: "r", experiment_id: "1", artifact_uri: address }, data: {} } } };
  });
  return { server, files };
}

test.each(["mlflow-artifacts:/1/r/artifacts", "mlflow-artifacts://elsewhere:9/1/r/artifacts"])(
  "files of %s go through the server, MLmodel last, with their length",
  async (address) => {
    const made = await store(address);
    await using server = made.server;
    await using tracking = trackingAt(server.url);
    expect(await tracking.logModel("r", model)).toEqual({ modelUri: `${address}/model` });
    const puts = server.seen.filter(({ method }) => method === "PUT");
    expect(puts.map(({ target }) => target.split("/").at(-1))).toEqual(["model.json", "MLmodel"]);
    expect(puts.map(({ headers }) => [headers["content-length"], headers["transfer-encoding"]])).toEqual([
      ["2", undefined],
      [String(model.get("MLmodel")?.byteLength), undefined],
    ]);
  },
);

test("an upload of which the server has less is told", async () => {
  for (const [given, said] of [
    [() => 0, "has 0 bytes of model/MLmodel"],
    [() => undefined, "has 0 bytes of model/MLmodel"],
  ] as const) {
    const made = await store("mlflow-artifacts:/1/r/artifacts", given);
    await using server = made.server;
    await using tracking = trackingAt(server.url);
    await expect(tracking.logModel("r", model)).rejects.toMatchObject({
      exitCode: 5,
      message: `MLflow at ${server.url} ${said} after its upload of ${model.get("MLmodel")?.byteLength} bytes`,
      hint: "does it share the disk of its artifacts with this machine (--no-serve-artifacts), or has that one room?",
    });
  }
});

test("a server without a proxy for artifacts shares a folder, and another one's folder is noticed", async () => {
  const folder = await mkdtemp(join(tmpdir(), "churn-shared-"));
  const made = await store(`${folder}/1/r/artifacts`);
  await using server = made.server;
  await using tracking = trackingAt(server.url);
  await tracking.logArtifacts("r", new Map([["features.json", text("[]")]]));
  expect(await readFile(join(folder, "1/r/artifacts/features.json"), "utf8")).toBe("[]");
  // This server lists nothing of it, as one on another machine does.
  await expect(tracking.logModel("r", model)).rejects.toMatchObject({
    exitCode: 5,
    message: `MLflow at ${server.url} doesn't have model/MLmodel after its upload of ${model.get("MLmodel")?.byteLength} bytes`,
  });
  await rm(folder, { recursive: true });
});

test("s3: is refused until churn can reach it", async () => {
  const made = await store("s3://bucket/1/r/artifacts");
  await using server = made.server;
  await using tracking = trackingAt(server.url);
  await expect(tracking.logArtifacts("r", model)).rejects.toMatchObject({
    exitCode: 2,
    message: `MLflow at ${server.url} keeps its artifacts in s3: that this churn can't reach`,
    hint: "start it with --serve-artifacts, so that files go through it",
  });
});

test("a path that climbs is no place for a file, in an address and in a listing", async () => {
  const made = await store("mlflow-artifacts:/1/../../secret/artifacts");
  await using server = made.server;
  await using tracking = trackingAt(server.url);
  await expect(tracking.logArtifacts("r", model)).rejects.toMatchObject({
    exitCode: 5,
    message: "MLflow names a file that lies nowhere: 1/../../secret/artifacts",
    hint: "look at it in MLflow's pages",
  });
  await using odd = await oddServer(({ target }) =>
    target.includes("get-download-uri")
      ? { body: { artifact_uri: "mlflow-artifacts:/1/r/artifacts/model" } }
      : { body: { files: [{ path: "a/..", file_size: 1 }] } },
  );
  await using atOdd = trackingAt(odd.url);
  await expect(atOdd.downloadModel(version)).rejects.toMatchObject({ exitCode: 5 });
  expect(odd.seen).toHaveLength(2);
});

const version = {
  name: "churn-model",
  version: 1,
  stage: "Production",
  runId: "r",
  source: "",
  creationTime: 0,
  tag: () => undefined,
  aliases: [],
} as const;

test("a version's files are read whole, folders and odd names included; one without is told", async () => {
  const listing: Record<string, object[]> = {
    "1/r/artifacts/model": [
      { path: "MLmodel", file_size: 2 },
      { path: "code", is_dir: true },
      { path: "registered_model_meta", file_size: 1 },
    ],
    "1/r/artifacts/model/code": [{ path: "a b#ü.py", file_size: 3 }],
  };
  await using server = await oddServer(({ target }) => {
    const url = new URL(target, "http://x");
    if (target.includes("get-download-uri")) return { body: { artifact_uri: "mlflow-artifacts:/1/r/artifacts/model" } };
    const path = url.searchParams.get("path");
    if (path !== null) return { body: { files: listing[path] ?? [] } };
    return { body: decodeURIComponent(url.pathname.split("/model/")[1] ?? "") };
  });
  await using tracking = trackingAt(server.url);
  const files = await tracking.downloadModel(version);
  expect([...files].map(([name, content]) => [name, Buffer.from(content).toString()])).toEqual([
    ["MLmodel", "MLmodel"],
    ["code/a b#ü.py", "code/a b#ü.py"],
  ]);

  await using empty = await oddServer(({ target }) =>
    target.includes("get-download-uri") ? { body: { artifact_uri: "mlflow-artifacts:/1/gone" } } : {},
  );
  await using atEmpty = trackingAt(empty.url);
  await expect(atEmpty.downloadModel(version)).rejects.toMatchObject({
    exitCode: 5,
    message: "the files of churn-model version 1 are not at mlflow-artifacts:/1/gone",
    hint: "were they deleted by mlflow gc? Promote another version: churn models",
  });
});

test("a model folder of more files or bytes than a model has is not read", async () => {
  const sized = (count: number, file_size: number) =>
    Array.from({ length: count }, (_, at) => ({ path: `f${at}`, file_size }));
  for (const [files, what] of [
    [sized(1001, 1), "1001 files, and at most 1000 are read of a model folder"],
    [sized(3, 2 ** 28), `${3 * 2 ** 28} bytes, and at most 536870912 are read of a model folder`],
  ] as const) {
    await using server = await oddServer(({ target }) =>
      target.includes("get-download-uri") ? { body: { artifact_uri: "mlflow-artifacts:/1/m" } } : { body: { files } },
    );
    await using tracking = trackingAt(server.url);
    await expect(tracking.downloadModel(version)).rejects.toMatchObject({
      exitCode: 5,
      message: `mlflow-artifacts:/1/m has ${what}`,
      hint: "what else lies in it belongs elsewhere",
    });
    expect(server.seen).toHaveLength(2);
  }
});
