import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod";
import { churn, type Ended } from "../support/churn.ts";
import { admin, type MlflowServer, startMlflow } from "./support/mlflow-server.ts";
import { firstNight, secondNight } from "./support/nights.ts";
import { onceThere } from "./support/once-there.ts";
import { readByPython } from "./support/reads-workspace.ts";

/** Whom the administrator made: he may do nothing but what is his own. */
const user = { username: "maria", password: "a-plain-users-own-word-2" };
const wrong = "not-her-own-word-3";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "churn-access-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const runAll = ["run-all", "--date", firstNight];

/** A new workspace, and what runs churn in it. */
async function newWorkspace(name: string, env: Readonly<Record<string, string>>) {
  const workspace = join(folder, name);
  const model = name === "churn" ? "churn-model" : name;
  const own = ["--set", `tracking.experiment=${name}`, "--set", `register.model=${model}`];
  const run = (words: readonly string[], more: Readonly<Record<string, string>>) =>
    onceThere(() => churn(workspace, [...words, ...own], { ...env, ...more }));
  expect(await churn(folder, ["-C", name, "init", "--sample", "--date", secondNight])).toMatchObject({ exitCode: 0 });
  return { workspace, run };
}

function expectDone(ended: Ended): void {
  expect(ended, ended.stderr).toMatchObject({ exitCode: 0 });
}

/** Nothing that the workspace has, or that was said, has the words in it, as they are or as a header has them. */
async function expectKept(workspace: string, ended: Ended, name: string, password: string): Promise<void> {
  const secrets = [password, Buffer.from(`${name}:${password}`).toString("base64")];
  const texts = [ended.stdout, ended.stderr];
  for (const entry of await readdir(workspace, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) texts.push(await readFile(join(entry.parentPath, entry.name), "latin1"));
  for (const secret of secrets) expect(texts.filter((text) => text.includes(secret))).toEqual([]);
}

test("with credentials: a plain user is let in by each way to give them, and wrong ones are refused before any work", async () => {
  await using server = await startMlflow("mlflow", { folder: join(folder, "auth"), auth: true });
  await makeUser(server);
  const MLFLOW_TRACKING_URI = server.url;
  const pair = { MLFLOW_TRACKING_USERNAME: user.username, MLFLOW_TRACKING_PASSWORD: user.password };

  const { workspace, run } = await newWorkspace("churn", { MLFLOW_TRACKING_URI });
  const nobody = await run(runAll, {});
  expect(nobody).toMatchObject({ exitCode: 2 });
  expect(nobody.stderr).toContain(`MLflow at ${server.url} wants credentials (401)`);
  const refused = await run(runAll, { ...pair, MLFLOW_TRACKING_PASSWORD: wrong });
  expect(refused).toMatchObject({ exitCode: 2 });
  const sentence = `MLflow at ${server.url} refuses the credentials of maria (from MLFLOW_TRACKING_USERNAME) (401)`;
  expect(refused.stderr.split("\n").filter((line) => line === `error  ${sentence}`)).toHaveLength(1);
  // Before any work.
  expect(refused.stderr).not.toContain("✔");
  await expectKept(workspace, refused, user.username, wrong);

  const done = await run(runAll, pair);
  expectDone(done);
  expectDone(await run(["promote", "--version", "1", "--yes"], pair));
  await expectKept(workspace, done, user.username, user.password);
  const mine = { MLFLOW_TRACKING_URI, ...pair };
  const { runs } = await readByPython("mlflow", workspace, { [firstNight]: ["models:/churn-model@champion"] }, mine);
  expect(runs[firstNight]).toMatchObject({ status: "FINISHED" });

  const home = join(folder, "home");
  await mkdir(join(home, ".mlflow"), { recursive: true });
  const credentials = `[mlflow]\nmlflow_tracking_username = ${user.username}\nmlflow_tracking_password = ${user.password}\n`;
  await writeFile(join(home, ".mlflow", "credentials"), credentials, { mode: 0o600 });
  const byFile = await newWorkspace("by-file", { MLFLOW_TRACKING_URI, HOME: home });
  const listed = await byFile.run(["models"], {});
  expectDone(listed);
  await expectKept(byFile.workspace, listed, user.username, user.password);

  const address = new URL(server.url);
  address.username = user.username;
  address.password = user.password;
  const inAddress = await newWorkspace("in-address", { MLFLOW_TRACKING_URI: address.href });
  const last = await inAddress.run(runAll, {});
  expectDone(last);
  await expectKept(inAddress.workspace, last, user.username, user.password);
});

test("over TLS: refused without its authority, trusted with it by MLflow's variable or Node's", async () => {
  await using server = await startMlflow("mlflow", { folder: join(folder, "tls"), tls: true });
  const { ca } = server.certificates ?? { ca: "" };
  const { run } = await newWorkspace("secure", { MLFLOW_TRACKING_URI: server.url });
  const refused = await run(runAll, {});
  expect(refused).toMatchObject({ exitCode: 2 });
  expect(refused.stderr).toContain("no authority known here vouches for its certificate");
  expect(refused.stderr).not.toContain("✔");
  expectDone(await run(runAll, { MLFLOW_TRACKING_SERVER_CERT_PATH: ca }));
  expectDone(await run(["models"], { NODE_EXTRA_CA_CERTS: ca }));
});

test("without served artifacts, runs keep them in the folder that both share", async () => {
  await using server = await startMlflow("mlflow", { folder: join(folder, "shared"), serveArtifacts: false });
  const { run } = await newWorkspace("shared-disk", { MLFLOW_TRACKING_URI: server.url });
  expectDone(await run(runAll, {}));
  const kept = await readdir(join(folder, "shared", "artifacts"), { recursive: true });
  for (const name of ["MLmodel", "model.json"])
    expect(kept.filter((path) => path.endsWith(`/model/${name}`))).toHaveLength(1);
});

const created = z.object({ user: z.object({ username: z.literal(user.username) }) });

async function makeUser(server: MlflowServer): Promise<void> {
  const answer = await fetch(`${server.url}/api/2.0/mlflow/users/create`, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      Authorization: `Basic ${Buffer.from(`${admin.username}:${admin.password}`).toString("base64")}`,
    },
    body: JSON.stringify(user),
  });
  created.parse(await answer.json());
}
