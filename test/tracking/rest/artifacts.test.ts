import { chmod, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
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

/**
 * A server whose run has its artifacts at an address, and lists what it was given of each file.
 *
 * @param kept  bytes of an upload that it keeps, of the how-manieth upload of that file; undefined for a file that it loses
 */
async function store(address: string, kept: (bytes: number, time: number) => number | undefined = (bytes) => bytes) {
  const files = new Map<string, number | undefined>();
  const times = new Map<string, number>();
  const server = await oddServer(({ method, target, body }) => {
    const url = new URL(target, "http://x");
    const proxied = url.pathname.split("/mlflow-artifacts/artifacts/")[1];
    if (method === "PUT" && proxied !== undefined) {
      const time = (times.get(proxied) ?? 0) + 1;
      times.set(proxied, time);
      files.set(decodeURIComponent(proxied).split("/artifacts/")[1] ?? "", kept(Buffer.byteLength(body), time));
      return {};
    }
    if (url.pathname.endsWith("/artifacts/list")) {
      const folder = url.searchParams.get("path") ?? "";
      const listed = [...files]
        .filter(([path]) => (path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "") === folder)
        .map(([path, file_size]) => ({ path, is_dir: false, file_size }));
      return { body: { files: listed } };
    }
    return { body: { run: { info: { run_id: "r", experiment_id: "1", artifact_uri: address }, data: {} } } };
  });
  const puts = () => server.seen.filter(({ method }) => method === "PUT");
  const lists = () => server.seen.filter(({ target }) => target.includes("/artifacts/list"));
  return { server, puts, lists };
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

test("a large file arrives whole, with its length, also where its first upload was cut", async () => {
  const large = Buffer.alloc(300_000, "0123456789");
  let cut = 0;
  await using server = await oddServer(({ method, body }) => {
    if (method === "PUT" && cut++ === 0) return (response) => response.destroy();
    const artifact_uri = "mlflow-artifacts:/1/r/artifacts";
    if (method === "PUT") return {};
    return {
      body: {
        run: { info: { run_id: "r", experiment_id: "1", artifact_uri }, data: {} },
        files: [{ path: "large.json", file_size: Buffer.byteLength(body) || large.byteLength }],
      },
    };
  });
  await using tracking = trackingAt(server.url, { deadlineSeconds: 60 });
  await tracking.logArtifacts("r", new Map([["large.json", large]]));
  const puts = server.seen.filter(({ method }) => method === "PUT");
  expect(puts.map(({ body }) => body === large.toString())).toEqual([true, true]);
  for (const { headers } of puts) {
    expect(headers["content-length"]).toBe("300000");
    expect(headers["transfer-encoding"]).toBeUndefined();
  }
});

test("an upload of which the server has less is told, with both sizes, of a model and of other files", async () => {
  for (const [kept, said] of [
    [() => 0, "has 0 bytes of"],
    [() => 1, "has 1 bytes of"],
    [() => undefined, "has 0 bytes of"],
  ] as const) {
    const made = await store("mlflow-artifacts:/1/r/artifacts", kept);
    await using server = made.server;
    await using tracking = trackingAt(server.url);
    await expect(tracking.logModel("r", model)).rejects.toMatchObject({
      exitCode: 5,
      message: `MLflow at ${server.url} ${said} model/MLmodel after its upload of ${model.get("MLmodel")?.byteLength} bytes`,
      hint: "does it share the disk of its artifacts with this machine (--no-serve-artifacts), or has that one room?",
    });
    await expect(tracking.logArtifacts("r", new Map([["features.json", text("[]")]]))).rejects.toMatchObject({
      exitCode: 5,
      message: `MLflow at ${server.url} ${said} features.json after its upload of 2 bytes`,
    });
  }
});

test("what a server keeps too little of is sent again, and nothing else", async () => {
  const made = await store("mlflow-artifacts:/1/r/artifacts", (bytes, time) => (bytes === 2 && time < 3 ? 0 : bytes));
  await using server = made.server;
  await using tracking = trackingAt(server.url, { deadlineSeconds: 60 });
  await tracking.logModel("r", model);
  expect(made.puts().map(({ target }) => target.split("/").at(-1))).toEqual([
    "model.json",
    "MLmodel",
    "model.json",
    "model.json",
  ]);
});

test("sizes are read by one listing a folder, of folders in it too", async () => {
  const made = await store("mlflow-artifacts:/1/r/artifacts");
  await using server = made.server;
  await using tracking = trackingAt(server.url);
  await tracking.logArtifacts(
    "r",
    new Map([
      ["a.json", text("1")],
      ["b.json", text("2")],
    ]),
  );
  expect(made.lists().map(({ target }) => new URL(target, "http://x").searchParams.get("path"))).toEqual([null]);
  await tracking.logModel("r", new Map([...model, ["code/a.py", text("a")], ["code/b.py", text("b")]]));
  expect(
    made
      .lists()
      .slice(1)
      .map(({ target }) => new URL(target, "http://x").searchParams.get("path")),
  ).toEqual(["model", "model/code"]);
});

test("a server without a proxy for artifacts shares a folder, and another one's folder is noticed", async () => {
  const folder = await mkdtemp(join(tmpdir(), "churn-shared-"));
  const made = await store(`${folder}/1/r/artifacts`);
  await using server = made.server;
  await using tracking = trackingAt(server.url);
  // This server lists nothing of it, as one on another machine does.
  await expect(tracking.logArtifacts("r", new Map([["features.json", text("[]")]]))).rejects.toMatchObject({
    exitCode: 5,
    message: `MLflow at ${server.url} doesn't have features.json after its upload of 2 bytes`,
  });
  expect(await readFile(join(folder, "1/r/artifacts/features.json"), "utf8")).toBe("[]");
  await expect(tracking.logModel("r", model)).rejects.toMatchObject({
    exitCode: 5,
    message: `MLflow at ${server.url} doesn't have model/MLmodel after its upload of ${model.get("MLmodel")?.byteLength} bytes`,
  });
  await rm(folder, { recursive: true });
});

test.each(["/", "/records", "/1/another/artifacts", "/1/r/artifacts/.."])(
  "a server that wants a run's files elsewhere on this machine is refused: %s",
  async (place) => {
    const folder = await mkdtemp(join(tmpdir(), "churn-shared-"));
    const made = await store(`file://${folder}${place}`);
    await using server = made.server;
    await using tracking = trackingAt(server.url);
    await expect(tracking.logArtifacts("r", model)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(
        /^MLflow at \S+ wants the files of run r in \S+, which is no folder of that run's$/,
      ),
      hint: "start it with --serve-artifacts, so that files go through it",
    });
    expect(await readdir(folder)).toEqual([]);
    await rm(folder, { recursive: true });
  },
);

test("what is made in a shared folder has that one's rights, so that the server's user can read it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "churn-shared-"));
  const made = await store(`${folder}/1/r/artifacts`);
  await using server = made.server;
  await using tracking = trackingAt(server.url);
  for (const [shared, file] of [
    [0o2775, 0o664],
    [0o700, 0o600],
  ] as const) {
    await chmod(folder, shared);
    // This server lists nothing.
    await expect(tracking.logArtifacts("r", new Map([["code/a.py", text("1")]]))).rejects.toMatchObject({
      exitCode: 5,
    });
    const rights = async (path: string) => (await stat(join(folder, path))).mode & 0o7777;
    for (const path of ["1", "1/r", "1/r/artifacts", "1/r/artifacts/code"]) expect(await rights(path)).toBe(shared);
    expect(await rights("1/r/artifacts/code/a.py")).toBe(file);
    await rm(join(folder, "1"), { recursive: true });
  }
  await rm(folder, { recursive: true });
});

test.each(["gs:", "wasbs:", "dbfs:"])("a place that only other programs can reach is refused: %s", async (scheme) => {
  const made = await store(`${scheme}//place/1/r/artifacts`);
  await using server = made.server;
  await using tracking = trackingAt(server.url);
  await expect(tracking.logArtifacts("r", model)).rejects.toMatchObject({
    exitCode: 2,
    message: `MLflow at ${server.url} keeps its artifacts in ${scheme} that this churn can't reach`,
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
      { path: "MLmodel", file_size: 7 },
      { path: "code", is_dir: true },
      { path: "registered_model_meta", file_size: 21 },
    ],
    "1/r/artifacts/model/code": [{ path: "a b#ü.py", file_size: Buffer.byteLength("code/a b#ü.py") }],
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

  // Of an address that needs no looking up nothing is asked but what lies there.
  const before = server.seen.length;
  await tracking.downloadModel({ ...version, source: "mlflow-artifacts:/1/r/artifacts/model" });
  const asked = server.seen.slice(before).map(({ target }) => target);
  expect(asked.filter((target) => target.includes("get-download-uri"))).toEqual([]);

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

test("a file that is longer than the server lists it is not read on", async () => {
  const files = [{ path: "model.json", file_size: 4 }];
  await using server = await oddServer(({ target }) => {
    if (target.includes("get-download-uri")) return { body: { artifact_uri: "mlflow-artifacts:/1/m" } };
    return { body: target.includes("model.json") ? "x".repeat(5) : { files } };
  });
  await using tracking = trackingAt(server.url);
  await expect(tracking.downloadModel(version)).rejects.toMatchObject({
    exitCode: 5,
    message: expect.stringContaining("its answer has more than 4 bytes"),
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
