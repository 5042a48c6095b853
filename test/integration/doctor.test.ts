import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { doctorFormat, type Report } from "../../src/lib/doctor/report.ts";
import { churn, digests } from "../support/churn.ts";
import { sweep } from "../support/sweep.ts";
import { type MailServer, mailUser, startMailServer } from "./support/mail-server.ts";
import { admin, type MlflowServer, mlflowLines, startMlflow } from "./support/mlflow-server.ts";
import { type Postgres, startPostgres } from "./support/postgres.ts";
import { type S3Server, startS3 } from "./support/s3.ts";

const today = new Date().toISOString().slice(0, 10);
const reader = "the-readers-own-word-1";

let folder: string;
let workspace: string;
let postgres: Postgres;
let s3: S3Server;
let mlflow: MlflowServer;
let mail: MailServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "churn-doctor-"));
  workspace = join(folder, "workspace");
  await mkdir(workspace);
  postgres = await startPostgres();
  await postgres.run(`
    CREATE ROLE reader LOGIN PASSWORD '${reader}';
    CREATE TABLE customers AS SELECT i AS customer_id, i % 4 = 0 AS churned, DATE '${today}' AS day FROM generate_series(1, 500) AS i;
    CREATE TABLE secret AS SELECT * FROM customers;
    GRANT SELECT ON customers TO reader;`);
  s3 = await startS3();
  await s3.makeBucket("company");
  mlflow = await startMlflow("mlflow", { folder: join(folder, "mlflow"), auth: true });
  mail = await startMailServer(folder);
  await writeFile(
    join(workspace, "churn.yaml"),
    `timezone: UTC
dataset: { id: customer_id, date: day, target: { column: churned } }
source: { url: "${postgres.url("reader")}?sslmode=disable", table: customers }
store: s3://company/churn
tracking: { uri: "${mlflow.url}" }
notify:
  channels: [email]
  email: { from: churn@company.com, to: [ml@company.com], smtp: { host: localhost, port: ${mail.ports.starttls}, user: ${mailUser.user} } }
`,
  );
});
afterAll(async () => {
  for (const server of [postgres, s3, mlflow, mail]) await server?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const credentials = () => ({
  ...s3.env,
  PGPASSWORD: reader,
  MLFLOW_TRACKING_USERNAME: admin.username,
  MLFLOW_TRACKING_PASSWORD: admin.password,
  SMTP_PASSWORD: mailUser.password,
  NODE_EXTRA_CA_CERTS: mail.certificates.ca,
});

async function look(env: Readonly<Record<string, string>> = {}, words: readonly string[] = []): Promise<Report> {
  // A machine with other work takes its time, and what is held here is no time.
  const asked = [...words, "doctor", "--json", "--timeout", "60s"];
  const { stdout, stderr } = await churn(workspace, asked, { ...credentials(), ...env });
  return doctorFormat.read(JSON.parse(stdout === "" ? "{}" : stdout), stderr);
}

const found = ({ checks }: Report, name: string) => checks.find((check) => check.name === name)?.findings ?? [];
const problemsOf = ({ checks }: Report) =>
  checks.flatMap(({ name, findings }) =>
    findings.flatMap(({ state, exit_code, stage }) => (state === "problem" ? [[name, exit_code, stage]] : [])),
  );

const experiments = z.object({ experiments: z.array(z.object({ name: z.string(), last_update_time: z.number() })) });

async function ask<Answer>(
  server: MlflowServer,
  path: string,
  body: object | undefined,
  answer: z.ZodType<Answer>,
  method = body === undefined ? "GET" : "POST",
): Promise<Answer> {
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: {
      "Content-Type": "application/json",
      Authorization: `Basic ${Buffer.from(`${admin.username}:${admin.password}`).toString("base64")}`,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  expect(response.ok, text).toBe(true);
  return answer.parse(JSON.parse(text));
}

/** All there is at the services that anybody could leave something with. */
async function left() {
  return {
    tracking: await ask(
      mlflow,
      "/api/2.0/mlflow/experiments/search?max_results=100&view_type=ALL",
      undefined,
      experiments,
    ),
    // The server has a folder of its own there from its first object on.
    bucket: (await readdir(join(s3.folder, "company"), { recursive: true }).catch(() => [])).filter(
      (name) => name !== ".sgwtmp",
    ),
    mails: await mail.mails(),
    workspace: await digests(workspace),
  };
}

test("with all of them up nothing is amiss, and nothing is left anywhere", async () => {
  const before = await left();
  const report = await look();
  expect(problemsOf(report)).toEqual([]);
  expect(found(report, "source")).toMatchObject([
    { state: "ok", text: `postgres://127.0.0.1:${postgres.port}/postgres, table customers, 500 rows for today` },
  ]);
  expect(found(report, "store")).toMatchObject([{ state: "ok", text: "s3://company/churn takes files, a new one" }]);
  expect(found(report, "MLflow")).toMatchObject([{ state: "ok", text: `${mlflow.url}, experiment churn` }]);
  expect(found(report, "registry")).toMatchObject([{ state: "ok" }]);
  expect(found(report, "e-mail")).toMatchObject([
    { state: "ok", text: `the mail server localhost:${mail.ports.starttls} lets churn in` },
  ]);
  // By the header Date of one of them.
  expect(found(report, "clock")).toMatchObject([
    { state: "ok", text: expect.stringContaining(", as that of http://127.0.0.1:") },
  ]);
  expect(await left()).toEqual(before);
});

describe("what doesn't let us in is named, with what a person mends", () => {
  test.each([
    ["PGPASSWORD", "source", 2, "extract"],
    ["AWS_SECRET_ACCESS_KEY", "store", 2, "start"],
    ["MLFLOW_TRACKING_PASSWORD", "MLflow", 2, "train"],
    ["SMTP_PASSWORD", "e-mail", 2, "notify"],
  ] as const)("a wrong %s", async (variable, name, code, stage) => {
    const wrong = "a-wrong-word-of-nobodys";
    const report = await look({ [variable]: wrong });
    expect(problemsOf(report)).toEqual([[name, code, stage]]);
    expect(JSON.stringify(report)).not.toContain(wrong);
  });

  test("a table that the role may not read", async () => {
    const report = await look({}, ["--set", "source.table=secret"]);
    expect(problemsOf(report)).toEqual([["source", 2, "extract"]]);
    expect(found(report, "source")[0]?.next.join()).toContain("GRANT SELECT");
  });

  test("a user of the bucket who may not write, or not remove", async ({ skip }) => {
    if (s3.kind !== "versitygw") return skip("a server that holds nobody to rights");
    const reading = ["s3:GetObject", "s3:ListBucket"];
    for (const [name, actions, missing] of [
      ["looks", reading, "s3:PutObject"],
      ["keeps", [...reading, "s3:PutObject"], "s3:DeleteObject"],
    ] as const) {
      await s3.makeBucket(name);
      const rights = [
        { actions: ["s3:ListBucket"], keys: "" },
        { actions: actions.filter((action) => action !== "s3:ListBucket"), keys: "*" },
      ];
      const env = await s3.addUser({ accessKey: `user-${name}`, secretKey: "a-plain-users-own-word-2" }, name, rights);
      const report = await look(env, ["--set", `store=s3://${name}/churn`]);
      expect(problemsOf(report)).toEqual([["store", 2, "start"]]);
      expect(found(report, "store")[0]?.text).toContain(missing);
    }
  });
});

test.each(sweep(mlflowLines, 1))(
  "%s: a user who may read the experiment and not write there is told before a night",
  async (line) => {
    await using server = await startMlflow(line, { folder: join(folder, `rights-${line}`), auth: true });
    const user = { username: "maria", password: "a-plain-users-own-word-2" };
    const anything = z.looseObject({});
    await ask(server, "/api/2.0/mlflow/users/create", user, anything);
    const { experiment_id } = await ask(
      server,
      "/api/2.0/mlflow/experiments/create",
      { name: "churn" },
      z.object({ experiment_id: z.string() }),
    );
    // Rights are kept in another way from 3.0 on.
    const right = line === "mlflow" ? { resource_type: "experiment", resource_id: experiment_id } : { experiment_id };
    const change = (what: "grant" | "revoke", values: object) => {
      const path =
        line === "mlflow"
          ? `/api/3.0/mlflow/users/permissions/${what}`
          : `/api/2.0/mlflow/experiments/permissions/${what === "grant" ? "create" : "delete"}`;
      const method = line === "mlflow" || what === "grant" ? "POST" : "DELETE";
      return ask(server, path, { username: user.username, ...right, ...values }, anything, method);
    };
    const grant = (permission: string) => change("grant", { permission });
    const revoke = () => change("revoke", {});
    const env = { MLFLOW_TRACKING_USERNAME: user.username, MLFLOW_TRACKING_PASSWORD: user.password };
    const here = ["--set", `tracking.uri=${server.url}`];

    expect(problemsOf(await look(env, here))).toEqual([["MLflow", 2, "train"]]);
    await grant("READ");
    const reading = await look(env, here);
    expect(problemsOf(reading)).toEqual([["MLflow", 2, "train"]]);
    expect(found(reading, "MLflow")[0]?.text).toContain(
      "lets this user read the experiment churn, and write nothing there (403)",
    );
    await revoke();
    await grant("EDIT");
    expect(problemsOf(await look(env, here))).toEqual([]);
  },
);

test("with each of them down the others are told all the same", async () => {
  await postgres.stop("kill");
  const withoutSource = await look();
  expect(problemsOf(withoutSource)).toEqual([["source", 5, "extract"]]);
  await postgres.start();

  await s3.kill();
  const withoutStore = await look({}, ["--set", "s3.deadline=1s"]);
  expect(problemsOf(withoutStore)).toEqual([["store", 5, "start"]]);
  expect(found(withoutStore, "messages")).toMatchObject([{ state: "unknown" }]);
  await s3.restart();

  await mlflow.kill();
  const withoutTracking = await look();
  expect(problemsOf(withoutTracking)).toEqual([["MLflow", 5, "train"]]);
  expect(found(withoutTracking, "registry")).toMatchObject([{ state: "unknown" }]);
  await mlflow.restart();

  const nobody = await look({}, ["--set", "notify.email.smtp.port=1"]);
  expect(problemsOf(nobody)).toEqual([["e-mail", 5, "notify"]]);

  expect(problemsOf(await look())).toEqual([]);
});
