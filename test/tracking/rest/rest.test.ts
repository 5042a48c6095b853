import { expect, test } from "vitest";
import { oddServer } from "../../support/odd-server.ts";
import { trackingAt } from "../../support/tracking-server.ts";

const version = {
  name: "m",
  version: 1,
  stage: "None",
  runId: null,
  source: "",
  creationTime: 0,
  tag: () => undefined,
  aliases: [],
} as const;

test("with a registry elsewhere, versions are asked there, and runs and files at the tracking server", async () => {
  await using runs = await oddServer(({ target }) => ({ body: target.includes("artifacts?") ? { files: [] } : {} }));
  await using models = await oddServer(({ target }) =>
    target.includes("get-download-uri") ? { body: { artifact_uri: "mlflow-artifacts:/1/m" } } : {},
  );
  await using tracking = trackingAt(runs.url, { registry: models.url });
  expect([tracking.uri, tracking.registryUri]).toEqual([runs.url, models.url]);
  await tracking.check(2);
  await tracking.logBatch("r", { params: { a: "1" } });
  await tracking.transitionStage("m", 1, "Staging");
  await expect(tracking.downloadModel(version)).rejects.toMatchObject({ exitCode: 5 });
  const calls = (server: typeof runs) =>
    server.seen.map(({ target }) => target.replace(/^.*mlflow(?:-artifacts)?\/|\?.*$/g, ""));
  expect(calls(runs)).toEqual(["experiments/search", "runs/log-batch", "artifacts"]);
  expect(calls(models)).toEqual([
    "experiments/search",
    "model-versions/transition-stage",
    "model-versions/get-download-uri",
  ]);
});

test("a registry at the same address is the tracking server's own", async () => {
  await using server = await oddServer(() => ({}));
  await using tracking = trackingAt(server.url, { registry: `${server.url}/` });
  expect(tracking.registryUri).toBe(server.url);
  await tracking.check(2);
  expect(server.seen).toHaveLength(1);
});
