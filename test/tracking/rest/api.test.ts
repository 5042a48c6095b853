import { expect, test } from "vitest";
import { type Behaviour, oddServer, type SeenRequest } from "../../support/odd-server.ts";
import { trackingAt } from "../../support/tracking-server.ts";

const run = (runId: string) => ({
  info: { run_id: runId, experiment_id: "1", artifact_uri: `mlflow-artifacts:/1/${runId}/artifacts` },
  data: {},
});
const newRun = { experiment: "churn", runName: "churn night", startTime: 1.5, tags: { "churn.run_key": "w night d" } };
const pathOf = ({ method, target }: SeenRequest) =>
  `${method} ${target.split("?")[0]?.replace("/api/2.0/mlflow/", "")}`;

/** Answers as MLflow does to what makes a run, but for the odd ones. */
function mlflow(odd: (request: SeenRequest, count: number) => Behaviour | undefined) {
  const made: string[] = [];
  const server = oddServer((request, count) => {
    const behaviour = odd(request, count);
    const does = pathOf(request);
    if (behaviour !== undefined) {
      if (does === "POST runs/create" && typeof behaviour === "function") made.push(`run${made.length}`);
      return behaviour;
    }
    if (does === "GET experiments/get-by-name") return { body: { experiment: { experiment_id: "1" } } };
    if (does === "POST runs/search") return { body: { runs: made.map(run) } };
    if (does === "POST runs/create") {
      made.push(`run${made.length}`);
      return { body: { run: run(made.at(-1) ?? "") } };
    }
    return { body: {} };
  });
  return { server, made };
}

test("a server that is busy or gone for a moment is asked again, until it answers", async () => {
  const odd: Behaviour[] = [
    { status: 503, body: "starting" },
    { status: 429, headers: { "retry-after": "0" }, body: "" },
    (response) => response.destroy(),
    { status: 500, body: { error_code: "INTERNAL_ERROR", message: "database is locked" } },
    { status: 520, body: "a proxy's own" },
  ];
  const { server: starting } = mlflow((_, count) => odd[count - 1]);
  await using server = await starting;
  await using tracking = trackingAt(server.url, { deadlineSeconds: 60 });
  await tracking.setStatus("r", "FINISHED", 7);
  expect(server.seen).toHaveLength(6);
  expect(new Set(server.seen.map(({ body }) => body)).size).toBe(1);
});

test.each([501, 505])("what it doesn't know, as by %i, is asked for once", async (status) => {
  await using server = await oddServer(() => ({ status, body: "no" }));
  await using tracking = trackingAt(server.url, { deadlineSeconds: 60 });
  await expect(tracking.getRun("r")).rejects.toThrow(String(status));
  expect(server.seen).toHaveLength(1);
});

test("it is asked until the deadline and no longer", async () => {
  await using server = await oddServer(() => ({ status: 503, body: "down" }));
  await using tracking = trackingAt(server.url, { deadlineSeconds: 1 });
  await expect(tracking.getRun("r")).rejects.toMatchObject({ name: "UnreachableError", exitCode: 5 });
  expect(server.seen.length).toBeGreaterThan(1);
  expect(server.seen.length).toBeLessThan(6);
});

test("a server that asks for more time than there is isn't asked again", async () => {
  await using server = await oddServer(() => ({ status: 503, headers: { "retry-after": "3600" }, body: "down" }));
  await using tracking = trackingAt(server.url, { deadlineSeconds: 60 });
  await expect(tracking.getRun("r")).rejects.toMatchObject({ exitCode: 5 });
  expect(server.seen).toHaveLength(1);
});

test("what the server refuses for good is not repeated", async () => {
  await using server = await oddServer(() => ({ status: 400, body: { error_code: "BAD_REQUEST", message: "no" } }));
  await using tracking = trackingAt(server.url, { deadlineSeconds: 60 });
  await expect(tracking.getRun("r")).rejects.toMatchObject({ exitCode: 5, code: "BAD_REQUEST" });
  expect(server.seen).toHaveLength(1);
});

test("a run whose answer was lost is looked up before it is made again, and found", async () => {
  const { server: starting, made } = mlflow((request) =>
    pathOf(request) === "POST runs/create" ? (response) => response.destroy() : undefined,
  );
  await using server = await starting;
  await using tracking = trackingAt(server.url, { deadlineSeconds: 60 });
  expect(await tracking.createRun(newRun)).toMatchObject({ runId: "run0" });
  expect(made).toEqual(["run0"]);
  expect(server.seen.map(pathOf)).toEqual([
    "GET experiments/get-by-name",
    "POST runs/search",
    "POST runs/create",
    "POST runs/search",
  ]);
});

test("a look-up has no more time than the call that it is for", async () => {
  const { server: starting } = mlflow((request, count) =>
    count > 2 ? { status: 503, body: "down" } : pathOf(request) === "POST runs/search" ? { body: {} } : undefined,
  );
  await using server = await starting;
  await using tracking = trackingAt(server.url, { deadlineSeconds: 1 });
  await expect(tracking.createRun(newRun)).rejects.toMatchObject({ exitCode: 5 });
  // With a deadline of its own each look-up would ask for as long again.
  const asked = server.seen.map(pathOf);
  expect(asked.filter((path) => path === "POST runs/create")).toHaveLength(1);
  expect(asked.length).toBeLessThan(9);
});

test("one that was never made is made", async () => {
  let cut = false;
  const { server: starting, made } = mlflow((request) => {
    if (pathOf(request) !== "POST runs/create" || cut) return undefined;
    cut = true;
    return { status: 503, body: "starting" };
  });
  await using server = await starting;
  await using tracking = trackingAt(server.url, { deadlineSeconds: 60 });
  expect(await tracking.createRun(newRun)).toMatchObject({ runId: "run0" });
  expect(made).toEqual(["run0"]);
});

test("one that is there already is taken as it is", async () => {
  const { server: starting } = mlflow((request) =>
    pathOf(request) === "POST runs/search" ? { body: { runs: [run("there")] } } : undefined,
  );
  await using server = await starting;
  await using tracking = trackingAt(server.url);
  expect(await tracking.createRun(newRun)).toMatchObject({ runId: "there" });
  expect(server.seen.map(pathOf)).not.toContain("POST runs/create");
});

test("arguments of a GET go into its query, those of others into JSON, whole milliseconds", async () => {
  const { server: starting } = mlflow(() => undefined);
  await using server = await starting;
  await using tracking = trackingAt(`${server.url}/prefix/`);
  await expect(tracking.createRun(newRun)).rejects.toMatchObject({ exitCode: 5 });
  expect(server.seen[0]).toMatchObject({
    target: "/prefix/api/2.0/mlflow/experiments/get-by-name?experiment_name=churn",
    body: "",
  });
  await using plain = trackingAt(server.url);
  await plain.createRun(newRun);
  const create = server.seen.find((request) => pathOf(request) === "POST runs/create");
  expect(create?.headers).toMatchObject({ "content-type": "application/json" });
  expect(JSON.parse(create?.body ?? "")).toEqual({
    experiment_id: "1",
    run_name: "churn night",
    start_time: 1,
    tags: [
      { key: "churn.run_key", value: "w night d" },
      { key: "mlflow.runName", value: "churn night" },
    ],
  });
});
