import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { comparison, registration } from "../../src/lib/artifacts/artifacts.ts";
import type { Bucket } from "../../src/lib/s3/bucket.ts";
import { openBucket } from "../../src/lib/s3/client.ts";
import { churn } from "../support/program.ts";
import { readArtifact } from "../support/read-artifact.ts";
import { s3Settings } from "../support/s3-settings.ts";
import { isWhole, sweep } from "../support/sweep.ts";
import { judged } from "./support/judged.ts";
import { type MlflowLine, type MlflowServer, mlflowLines, startMlflow } from "./support/mlflow-server.ts";
import { firstNight, secondNight } from "./support/nights.ts";
import { onceThere } from "./support/once-there.ts";
import { readByPython } from "./support/reads-workspace.ts";
import { aliasesOf, versionsOf } from "./support/registered.ts";
import { type S3Server, startS3 } from "./support/s3.ts";

/** Letters that an address of the web would escape: MLflow's client takes them as they are. */
const ROOT = "m l/é%20";

describe.each(sweep(mlflowLines, 1))("against a server of %s whose artifacts are in a bucket", (line: MlflowLine) => {
  let folder: string;
  let workspace: string;
  let s3: S3Server;
  let bucket: Bucket;
  let server: MlflowServer;
  /** as MLflow's own clients need it */
  let env: Record<string, string>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "churn bucket é-"));
    s3 = await startS3();
    await s3.makeBucket("team");
    bucket = openBucket("team", s3Settings(s3.env));
    server = await startMlflow(line, { folder: join(folder, "server"), bucket: `s3://team/${ROOT}` });
    const { AWS_ENDPOINT_URL_S3: endpoint = "", ...keys } = s3.env;
    env = { ...keys, MLFLOW_TRACKING_URI: server.url, MLFLOW_S3_ENDPOINT_URL: endpoint };
    workspace = await workspaceAt("workspace");
    await succeeds(["run-all", "--date", firstNight]);
    await succeeds(["promote", "--version", "1", "--yes"]);
    // The store's server would be another one.
    await succeeds(["run-all", "--date", secondNight, "--set", "s3.endpoint=http://127.0.0.1:1"]);
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    await s3?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  async function workspaceAt(name: string): Promise<string> {
    const ended = await churn(folder, ["-C", name, "init", "--sample", "--date", secondNight]);
    expect(ended).toMatchObject({ exitCode: 0 });
    return join(folder, name);
  }

  async function succeeds(words: readonly string[]) {
    const ended = await onceThere(() => churn(workspace, words, env));
    if (ended.exitCode !== 0) throw new Error(`churn ${words.join(" ")} ended with ${ended.exitCode}\n${ended.stderr}`);
    return ended;
  }

  test("Python's client finds both nights' files there, and scores by their models as churn does", async () => {
    const seen = await readByPython(
      line,
      workspace,
      {
        [firstNight]: ["models:/churn-model/1", "models:/churn-model@champion"],
        [secondNight]: ["models:/churn-model/2", "runs:/RUN/model"],
      },
      env,
    );
    for (const [version, night] of [firstNight, secondNight].entries()) {
      const run = seen.runs[night];
      expect(run?.artifact_uri).toMatch(new RegExp(`^s3://team/${ROOT}/\\d+/${run?.run_id}/artifacts$`));
      expect(seen.versions[version + 1]?.source).toBe(`${run?.artifact_uri}/model`);
      expect(Object.keys(run?.artifacts ?? {})).toEqual(
        expect.arrayContaining([
          "model/MLmodel",
          "model/model.json",
          "features.json",
          "evaluation.json",
          "comparison.json",
        ]),
      );
    }
    for (const [address, difference] of Object.entries(seen.differences))
      expect(difference, address).toBeLessThanOrEqual(1e-6);
    expect(Object.keys(seen.differences)).toHaveLength(4);
  });

  test("the second night is held against the first one's model, read from the bucket", async () => {
    const { outcome, production } = await readArtifact(workspace, comparison, secondNight);
    expect(["better", "not_better"]).toContain(outcome);
    expect(production).toMatchObject({ version: 1, metrics: { f1: expect.any(Number) } });
    expect((await readArtifact(workspace, registration, secondNight)).version).toBe(2);
  });

  test("a file that is gone is told by verify, and no promotion takes such a model", async () => {
    await succeeds(["verify"]);
    const found = await bucket.list(`${ROOT}/`);
    const source = /\/([0-9a-f]{32})\/artifacts\/model\/model\.json$/;
    const keys = found.objects.map(({ key }) => key).filter((key) => source.test(key));
    expect(keys).toHaveLength(2);
    const kept = await Promise.all(keys.map(async (key) => ({ key, content: await bucket.get(key) })));
    for (const { key } of kept) await bucket.remove(key);
    expect(await churn(workspace, ["verify"], env)).toMatchObject({
      exitCode: 4,
      stdout: expect.stringContaining(
        "model.json of version 2 of churn-model (Staging) was removed since it was registered",
      ),
    });
    expect(await churn(workspace, ["promote", "--version", "2", "--yes"], env)).toMatchObject({ exitCode: 4 });
    for (const { key, content } of kept)
      if (content !== undefined) await bucket.put(key, { ...content, sha256: content.sha256 ?? "" });
    await succeeds(["verify"]);
  });

  test("a promotion and a rollback leave the first version in production", async () => {
    await succeeds(["promote", "--version", "2", "--yes"]);
    await succeeds(["rollback", "--yes", "--reason", "too many calls"]);
    const found = await versionsOf(server.url, "churn-model");
    expect(found.map(({ current_stage }) => current_stage)).toEqual(["Production", "Archived"]);
    expect(await aliasesOf(server.url, "churn-model")).toEqual({ champion: "1" });
  });

  // From a server's own artifacts mlflow-champion.test.ts has them judged each time.
  test.runIf(isWhole)("models that Python logged there are judged as Python judges them", async () => {
    await judged(line, await workspaceAt("python"), env);
  });

  test("without credentials a night ends with that, and with them the same command goes on", async () => {
    const other = await workspaceAt("other");
    const night = [
      "run-all",
      "--date",
      firstNight,
      "--set",
      "register.model=other",
      "--set",
      "tracking.experiment=other",
    ];
    const { AWS_ACCESS_KEY_ID: _, AWS_SECRET_ACCESS_KEY: __, ...nobody } = env;
    expect(await onceThere(() => churn(other, night, nobody))).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("there are no credentials for s3://team/"),
    });
    expect(await churn(other, night, env)).toMatchObject({ exitCode: 0 });
  });
});
