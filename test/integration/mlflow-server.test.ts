import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { evaluation, registration } from "../../src/lib/artifacts/artifacts.ts";
import { startProxy } from "../support/faulty-proxy.ts";
import { churn } from "../support/program.ts";
import { readArtifact } from "../support/read-artifact.ts";
import { isWhole } from "../support/sweep.ts";
import { type MlflowLine, type MlflowServer, mlflowLines, serveModel, startMlflow } from "./support/mlflow-server.ts";
import { firstNight, secondNight } from "./support/nights.ts";
import { onceThere } from "./support/once-there.ts";
import { runPython } from "./support/python.ts";
import { readByPython } from "./support/reads-workspace.ts";

/** Calls of a night with a model in production and a candidate, at most. */
const MOST_REQUESTS = 60;

const scored = z.object({ answered: z.array(z.number()), expected: z.array(z.number()) });

describe.each(mlflowLines)("against a server of %s", (line: MlflowLine) => {
  let folder: string;
  let workspace: string;
  let server: MlflowServer;
  let env: Record<string, string>;
  /** churn's way to the server */
  let address: string;
  /** of the second night */
  let requests: readonly string[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "churn server é-"));
    server = await startMlflow(line, { folder: join(folder, "server") });
    workspace = join(folder, "workspace");
    env = { MLFLOW_TRACKING_URI: server.url };
    // Of another address the registry would be another one.
    await using counting = await startProxy(server.url);
    address = counting.url;
    await succeeds(folder, ["-C", "workspace", "init", "--sample", "--date", secondNight]);
    await succeeds(workspace, ["run-all", "--date", firstNight]);
    await succeeds(workspace, ["promote", "--version", "1", "--yes"]);
    const before = counting.passed.length;
    await succeeds(workspace, ["run-all", "--date", secondNight]);
    requests = counting.passed.slice(before).map(({ method, path }) => `${method} ${path.split("?")[0]}`);
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  async function succeeds(cwd: string, words: readonly string[]) {
    const ended = await onceThere(() => churn(cwd, words, { MLFLOW_TRACKING_URI: address }));
    if (ended.exitCode !== 0) throw new Error(`churn ${words.join(" ")} ended with ${ended.exitCode}\n${ended.stderr}`);
    return ended;
  }

  test("Python's client reads two nights as they were, and loads their models by every address", async () => {
    const seen = await readByPython(
      line,
      workspace,
      {
        [firstNight]: ["models:/churn-model/1", "models:/churn-model/Production", "models:/churn-model@champion"],
        [secondNight]: [
          "models:/churn-model/2",
          "models:/churn-model/Staging",
          "models:/churn-model@challenger",
          "runs:/RUN/model",
        ],
      },
      env,
    );
    expect(seen.experiment).toEqual({ name: "churn", lifecycle_stage: "active" });
    expect(seen.run_count).toBe(2);
    for (const night of [firstNight, secondNight]) {
      const run = seen.runs[night];
      const { metrics } = await readArtifact(workspace, evaluation, night);
      expect(run).toMatchObject({
        name: `churn ${night}`,
        status: "FINISHED",
        finished: true,
        params: {
          max_depth: "5",
          learning_rate: "0.1",
          seed: "42",
          rounds: "100",
          n_features: "10",
        },
        metrics,
        tags: { "churn.night": night, "mlflow.source.type": "LOCAL" },
      });
      const files = await sizesOf(join(workspace, "models", night, "model"));
      const { "model/MLmodel": MLmodel, ...model } = inModel(run?.artifacts ?? {});
      expect(MLmodel).toBeGreaterThan(0);
      for (const report of ["features.json", "evaluation.json", "comparison.json"])
        expect(run?.artifacts[report], report).toBeGreaterThan(0);
      expect(run?.inputs, night).toMatchObject([{ tags: { "mlflow.data.context": "training" } }]);
      // MLmodel has the run's id besides.
      const { "model/MLmodel": _, ...own } = files;
      expect(model).toEqual(own);
    }
    expect(seen.versions).toEqual({
      1: version(seen.runs[firstNight], firstNight, "Production", "champion"),
      2: version(seen.runs[secondNight], secondNight, "Staging", "challenger"),
    });
    const { version: registered } = await readArtifact(workspace, registration, secondNight);
    expect(registered).toBe(2);
    expect(Object.keys(seen.differences)).toHaveLength(7);
    for (const [address, difference] of Object.entries(seen.differences))
      expect(difference, address).toBeLessThanOrEqual(1e-6);
  });

  test.runIf(isWhole || line === mlflowLines[0])(
    "mlflow models serve answers with the numbers of predictions.parquet",
    async () => {
      await using serving = await serveModel(line, "models:/churn-model@champion", { folder, trackingUri: server.url });
      const { answered, expected } = await runPython(line, "mlflow_scores.py", {
        args: [serving.url, firstNight],
        schema: scored,
        cwd: workspace,
      });
      expect(answered).toHaveLength(expected.length);
      expect(expected.length).toBeGreaterThan(1000);
      const differences = answered.map((value, index) => Math.abs(value - (expected[index] ?? Number.NaN)));
      expect(Math.max(...differences)).toBeLessThanOrEqual(1e-6);
    },
  );

  test(`a night makes at most ${MOST_REQUESTS} requests`, () => {
    expect(requests.length, requests.join("\n")).toBeLessThanOrEqual(MOST_REQUESTS);
    process.stdout.write(`${line}: ${requests.length} requests a night\n`);
  });
});

function version(
  run: { run_id: string; artifact_uri: string } | undefined,
  night: string,
  stage: string,
  alias: string,
) {
  return {
    run_id: run?.run_id,
    stage,
    status: "READY",
    aliases: [alias],
    source: `${run?.artifact_uri}/model`,
    description: expect.stringContaining(night),
    tags: expect.objectContaining({ "churn.night": night, "churn.threshold": "0.5" }),
  };
}

function inModel(artifacts: Readonly<Record<string, number | null>>): Record<string, number | null> {
  return Object.fromEntries(Object.entries(artifacts).filter(([path]) => path.startsWith("model/")));
}

/** Bytes of each file of a night's model folder, by its path among the run's artifacts. */
async function sizesOf(folder: string): Promise<Record<string, number>> {
  const names = await readdir(folder);
  const sizes = names.map(async (name) => [`model/${name}`, (await stat(join(folder, name))).size] as const);
  return Object.fromEntries(await Promise.all(sizes));
}
