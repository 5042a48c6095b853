import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { configSchema } from "../../src/lib/config/schema.ts";
import { openFolderStore } from "../../src/lib/store/folder.ts";
import { readEnvironment } from "../../src/lib/workspace/env.ts";
import { openServices } from "../../src/lib/workspace/services.ts";

const config = configSchema.parse({
  timezone: "UTC",
  dataset: { id: "id", target: { column: "y" } },
  source: { url: "duckdb:x.duckdb", table: "t" },
  notify: { channels: ["terminal", "file"] },
});

test("each service is opened once, from the workspace's own configuration", async () => {
  const root = await mkdtemp(join(tmpdir(), "churn-services-"));
  const store = openFolderStore(root);
  const environment = readEnvironment({ SMTP_PASSWORD: "s3cret" }, root);
  {
    await using services = openServices({ config, root, store, environment }, () => {});
    expect(services.store()).toBe(store);
    expect(services.secrets().secret("SMTP_PASSWORD")).toBe("s3cret");
    expect(services.source().description).toBe("x.duckdb");
    expect(services.source()).toBe(services.source());
    expect((await services.tracking()).uri).toBe(join(root, "mlruns"));
    expect(await services.tracking()).toBe(await services.tracking());
    expect(services.channels().map(({ name }) => name)).toEqual(["terminal", "file"]);
    expect(services.channels()).toBe(services.channels());
  }
  await rm(root, { recursive: true, force: true });
});

test("what can't be opened is told to whoever asks, and closing is no error", async () => {
  const root = await mkdtemp(join(tmpdir(), "churn-services-"));
  const elsewhere = { ...config, tracking: { ...config.tracking, uri: "sqlite:///mlflow.db" } };
  const environment = readEnvironment({}, root);
  {
    await using services = openServices(
      { config: elsewhere, root, store: openFolderStore(root), environment },
      () => {},
    );
    await expect(services.tracking()).rejects.toMatchObject({ exitCode: 2 });
  }
  await rm(root, { recursive: true, force: true });
});

test("tracking gets no secret of the environment", async () => {
  const root = await mkdtemp(join(tmpdir(), "churn-services-"));
  const environment = readEnvironment({ A_TOKEN: "planted-0123" }, root);
  {
    await using services = openServices({ config, root, store: openFolderStore(root), environment }, () => {});
    const tracking = await services.tracking();
    const run = {
      experiment: "churn",
      runName: "churn 2026-11-23",
      startTime: 0,
      tags: { "mlflow.user": "planted-0123" },
    };
    const { runId } = await tracking.createRun(run);
    expect((await tracking.getRun(runId))?.tags["mlflow.user"]).toBe("***");
  }
  await rm(root, { recursive: true, force: true });
});
