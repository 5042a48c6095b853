import { chmod, mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { describe, expect } from "vitest";
import { literal } from "../../src/lib/duckdb/sql.ts";
import { churn, dayBefore, type Ended, lastDay } from "../support/churn.ts";
import { writeDuckdb } from "../support/data-night.ts";
import { workspaceAfter } from "../support/mistake.ts";

const test = workspaceAfter();

/** Secrets by where they are planted and what they are called there; each value is nowhere else. */
const planted = {
  SMTP_PASS: "of-smtp'Pa55 wörd/1",
  MYSQL_PWD: "kurz9x",
  PGPASSWORD: "68343",
  GITHUB_TOKEN: "planted-0f-g1thub-0123",
  DEPLOY_KEY: "planted-of-deploy-key",
  IN_A_URL: "p%40lanted-of-a-url",
  SLACK: "T0PLANTED/B0PLANTED/plantedOfSlack",
  IN_JSON: "planted-in-some-json",
  PEM: "MIIEvQplantedOfPem+key/0123456789",
  OF_A_FILE: "planted-of-a-file-1",
  IN_DOT_ENV: "planted-in-dot-env-1",
  SHADOWED: "planted-but-shadowed-1",
} as const;

/** Of a git remote: churn knows it by its form alone, in an address or by its first letters. */
const REMOTE = ["ghp_0123456789PlantedOfARemote0123456", "planted-of-a-remote"] as const;
const remoteAddresses = [
  `https://${REMOTE[0]}@github.com/a/b.git`,
  `https://maria:${REMOTE[1]}@git.company.com/a/b.git`,
];

const environment = {
  SMTP_PASS: planted.SMTP_PASS,
  MYSQL_PWD: planted.MYSQL_PWD,
  PGPASSWORD: planted.PGPASSWORD,
  GITHUB_TOKEN: planted.GITHUB_TOKEN,
  DEPLOY_KEY: planted.DEPLOY_KEY,
  ANY_ADDRESS: `postgres://churn:${planted.IN_A_URL}@db.company.com/crm`,
  ANY_HOOK: `https://hooks.slack.com/services/${planted.SLACK}`,
  ANY_JSON: JSON.stringify({ user: "churn", password: planted.IN_JSON }),
  SSH_PRIVATE_KEY: `-----BEGIN PRIVATE KEY-----\n${planted.PEM}\n-----END PRIVATE KEY-----\n`,
  OTHER_TOKEN: "the-environment-wins",
};

const basic = (password: string) => Buffer.from(`churn:${password}`).toString("base64");

/** What a source, or a defect, may say: each secret as it is, and the long ones as URLs and logins have them. */
const said = [
  ...Object.values(planted),
  ...Object.values(planted)
    .filter(({ length }) => length >= 12)
    .flatMap((value) => [encodeURIComponent(value), basic(value)]),
  `Authorization: Basic ${basic(planted.MYSQL_PWD)}`,
  ...remoteAddresses,
].join(" | ");

/** Every form in which a secret would have got through. */
const traces = [...Object.values(planted), ...REMOTE].flatMap((value) => [
  value,
  decodeURIComponent(value),
  encodeURIComponent(value),
  JSON.stringify(value).slice(1, -1),
  value.replaceAll("'", "''"),
  basic(value),
  Buffer.from(value).toString("base64"),
]);

interface Planted {
  readonly workspace: string;
  /** Runs the program with all secrets planted, and without those of the environment where asked. */
  run(
    words: readonly string[],
    change?: { readonly secrets?: boolean; readonly env?: Record<string, string> },
  ): Promise<Ended>;
  /** the words that each stage's process was started with */
  argvs(): Promise<string[][]>;
}

const plantedTest = test.extend<{ scene: Planted }>({
  scene: async ({ workspace, folder }, use) => {
    const secretFile = join(folder, "of-a-file");
    await writeFile(secretFile, `${planted.OF_A_FILE}\n`, { mode: 0o644 });
    await writeFile(join(workspace, ".env"), `ANY_TOKEN=${planted.IN_DOT_ENV}\nOTHER_TOKEN=${planted.SHADOWED}\n`);
    await chmod(join(workspace, ".env"), 0o600);
    await mkdir(join(workspace, ".git"));
    await writeFile(
      join(workspace, ".git", "config"),
      remoteAddresses
        .map(
          (url) => `[remote]
url = ${url}
`,
        )
        .join(""),
    );
    // A view that fails in reading, with all secrets in its words.
    await writeDuckdb(
      join(workspace, "customers.duckdb"),
      `CREATE TABLE leaks AS SELECT ${literal(said)} AS text`,
      "CREATE VIEW leaking AS SELECT customers.*, error(leaks.text)::VARCHAR AS note FROM customers, leaks",
    );
    // Each process writes down its words, and fails in training where it is asked to.
    const hook = join(folder, "hook.cjs");
    const argvFile = join(folder, "argv");
    await writeFile(argvFile, "");
    await writeFile(
      hook,
      `require("node:fs").appendFileSync(${JSON.stringify(argvFile)}, JSON.stringify(process.argv.slice(2)) + "\\n");
       const crypto = require("node:crypto");
       const { randomUUID } = crypto;
       const fails = process.env.CHURN_TEST_DEFECT;
       crypto.randomUUID = () => {
         if (fails && /\\/train\\.|trainAnew/.test(new Error().stack)) throw new TypeError(fails);
         return randomUUID();
       };`,
    );
    await use({
      workspace,
      run: (words, { secrets = true, env = {} } = {}) =>
        churn(workspace, words, {
          ...(secrets ? { ...environment, LDAP_PASSWORD_FILE: secretFile } : {}),
          NODE_OPTIONS: `--require ${hook}`,
          ...env,
        }),
      argvs: async () => {
        const lines = (await readFile(argvFile, "utf8")).trimEnd().split("\n");
        const all = lines.map((line): string[] => JSON.parse(line));
        return all.filter(([command]) => command !== "run-all" && command !== "-C");
      },
    });
  },
});

/** Planted there, or what the source itself holds. */
const PLACES = /^(\.env|\.git\/.*|.*customers\.duckdb)$/;

/** The files below a workspace, and the texts given, in which a secret is found. */
async function leaks(root: string, texts: Readonly<Record<string, string>>): Promise<string[]> {
  const found: string[] = [];
  const look = (where: string, text: string) => {
    for (const trace of traces) if (holds(text, trace)) found.push(`${where}: ${trace}`);
  };
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && !PLACES.test(relative(root, path))) look(relative(root, path), await readFile(path, "utf8"));
  }
  for (const [where, text] of Object.entries(texts)) look(where, text);
  return found;
}

/** A short secret counts where it stands alone and is no number of JSON. */
function holds(text: string, trace: string): boolean {
  if (trace.length >= 12) return text.includes(trace);
  const alone = new RegExp(`(?<![\\p{L}\\p{N}])${trace.replace(/[+/]/g, "\\$&")}(?![\\p{L}\\p{N}])`, "u");
  return alone.test(text.replaceAll(/(?<=": |":)\d+(?=[,\n}])/g, "0"));
}

const textsOf = ({ stdout, stderr }: Ended) => ({ stdout, stderr });
const night = ["run-all", "--date", lastDay];
const leaking = ["--set", "source.table=leaking"];

plantedTest("without the secrets in the environment the same words get through everywhere", async ({ scene }) => {
  const { workspace, run } = scene;
  const ended = await run([...night, ...leaking], { secrets: false });
  for (const value of [planted.SMTP_PASS, planted.MYSQL_PWD, basic(planted.DEPLOY_KEY)])
    expect(ended.stderr).toContain(value);
  const found = (await leaks(workspace, {})).map((where) => where.split(/[/:]/)[0]);
  // A message has no word of a database's, be there a secret in it or a customer.
  expect(new Set(found)).toEqual(new Set(["ledger.jsonl", "logs", "records"]));
});

describe("no planted secret is found in any file or output", () => {
  plantedTest("of a night whose source fails, on screen, in its log, its record and its message", async ({ scene }) => {
    const { workspace, run } = scene;
    const plain = await run([...night, ...leaking, "--verbose"]);
    const json = await run([...night, ...leaking, "--json"]);
    const byHand = await run(["extract", "--date", lastDay, ...leaking]);
    expect(plain.exitCode).not.toBe(0);
    expect(await leaks(workspace, textsOf(plain))).toEqual([]);
    expect(await leaks(workspace, textsOf(json))).toEqual([]);
    expect(await leaks(workspace, textsOf(byHand))).toEqual([]);
    // The words did get there.
    expect(plain.stderr).toMatch(/\*{3} \| \*{3} \| \*{3}/);
    expect(JSON.parse(json.stdout)).toMatchObject({ error: { message: expect.stringContaining("*** | ***") } });
    for (const folder of ["logs", "records"]) {
      const files = (await readdir(join(workspace, folder), { recursive: true })).filter((name) => /\.\w+$/.test(name));
      const texts = await Promise.all(
        files.map((name) => readFile(join(workspace, folder, name), "utf8").catch(() => "")),
      );
      expect(texts.join(""), folder).toContain("*** | ***");
    }
  });

  plantedTest("of a defect in a night and in a stage by hand, whose stack has them", async ({ scene }) => {
    const { workspace, run } = scene;
    const env = { CHURN_TEST_DEFECT: said };
    const nightly = await run(night, { env });
    const byHand = await run(["train", "--date", lastDay], { env });
    expect([nightly.exitCode, byHand.exitCode]).toEqual([1, 1]);
    expect(byHand.stderr).toMatch(/TypeError.*\*{3} \| \*{3}.*\n +at /);
    expect(await leaks(workspace, textsOf(nightly))).toEqual([]);
    expect(await leaks(workspace, textsOf(byHand))).toEqual([]);
  });

  plantedTest("of words that are wrong before there is a workspace", async ({ scene }) => {
    const { workspace, run } = scene;
    for (const value of Object.values(planted).filter((one) => !/dot-env|shadowed|a-file/.test(one))) {
      for (const words of [
        [value],
        ["train", "--date", value],
        ["promote", "--version", value],
        ["-C", value, "models"],
      ]) {
        const ended = await run(words);
        expect(ended.exitCode, words.join(" ")).toBe(2);
        expect(await leaks(workspace, textsOf(ended)), words.join(" ")).toEqual([]);
      }
    }
  });

  plantedTest(
    "of whole nights, given by --set: in records, MLflow's files and the stages' words",
    async ({ scene }) => {
      const { workspace, run, argvs } = scene;
      const { DEPLOY_KEY } = planted;
      await mkdir(join(workspace, DEPLOY_KEY));
      await rename(join(workspace, "customers.duckdb"), join(workspace, DEPLOY_KEY, "customers.duckdb"));
      const source = ["--set", `source.url=duckdb:${DEPLOY_KEY}/customers.duckdb`];
      const first = await run(["run-all", "--date", dayBefore, "--verbose", ...source]);
      expect(first).toMatchObject({
        exitCode: 0,
        stderr: expect.stringContaining("customers from ***/customers.duckdb"),
      });
      const second = await run([...night, "--json", ...source]);
      expect(second.exitCode).toBe(0);
      expect(await leaks(workspace, textsOf(first))).toEqual([]);
      expect(await leaks(workspace, textsOf(second))).toEqual([]);
      const words = await argvs();
      expect(words.filter(([stage]) => stage === "extract")).toHaveLength(2);
      expect(await leaks(workspace, { words: JSON.stringify(words) })).toEqual([]);
      for (const json of [[], ["--json"]]) {
        for (const command of ["config", "models"]) {
          expect(await leaks(workspace, textsOf(await run([command, ...json, ...source])))).toEqual([]);
        }
      }
      // By hand and by make, where the source's address comes from the environment.
      const env = { CHURN_SOURCE_URL: `duckdb:${DEPLOY_KEY}/customers.duckdb` };
      const fresh = await run(["preview", "--json"], { env });
      expect(fresh.exitCode).toBe(0);
      expect(JSON.parse(fresh.stdout)).toMatchObject({ source: "***/customers.duckdb" });
      expect(await leaks(workspace, textsOf(fresh))).toEqual([]);
    },
  );
});

/** All records of a workspace's night, as one text. */
async function records(workspace: string, name: string): Promise<string> {
  const folder = join(workspace, "records", name);
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith(".json"));
  return (await Promise.all(files.map((file) => readFile(join(folder, file), "utf8")))).join("\n");
}

plantedTest("a tracking folder that a secret is part of is masked in records and works", async ({ scene }) => {
  const { workspace, run } = scene;
  const uri = ["--set", `tracking.uri=${planted.DEPLOY_KEY}/mlruns`];
  const first = await run([...night, "--json", ...uri]);
  expect(first.exitCode, first.stderr).toBe(0);
  const text = await records(workspace, lastDay);
  expect(text).not.toContain(planted.DEPLOY_KEY);
  expect(text).toMatch(/"model_uri": ?"file:\/\/\/[^"]*\/\*{3}\/mlruns\/[^"]*\/artifacts\/model"/);
  // MLflow itself goes by the addresses in its own folder.
  const elsewhere = (await leaks(workspace, textsOf(first))).filter(
    (where) => !where.startsWith(`${planted.DEPLOY_KEY}/`),
  );
  expect(elsewhere).toEqual([]);
  expect(JSON.parse((await run(["models", "--json", ...uri])).stdout)).toMatchObject({
    versions: [{ version: 1, stage: "Staging" }],
  });
});

describe("what is no secret stays", () => {
  plantedTest("a number that a password happens to be, in records that are read again", async ({ scene }) => {
    const { workspace, run } = scene;
    expect((await run([...night, "--to", "extract"], { secrets: false })).exitCode).toBe(0);
    const record = join(workspace, "records", lastDay, "extract.json");
    const { result } = JSON.parse(await readFile(record, "utf8"));
    const env = { DB_PASSWORD: String(result.bytes), OTHER_PASSWORD: "7043", A_TOKEN: "train", B_TOKEN: "test" };
    const forced = await run([...night, "--to", "extract", "--force", "--json"], { secrets: false, env });
    expect(JSON.parse(await readFile(record, "utf8")).result).toEqual(result);
    expect(JSON.parse(forced.stdout)).toMatchObject({
      outcome: "succeeded",
      stages: [{ name: "extract", result: { bytes: result.bytes, rows: 7043 } }],
    });
    const log = await readFile(join(workspace, "logs", lastDay, `${JSON.parse(forced.stdout).run}.jsonl`), "utf8");
    expect(
      log
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toContainEqual(
      expect.objectContaining({ msg: "stage succeeded", result: expect.objectContaining({ bytes: result.bytes }) }),
    );
    // Nothing is up to date or not for a secret that comes or goes.
    const rest = await run([...night], { secrets: false });
    expect(rest).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(/extract +up to date|extract .*customers/),
    });
  });

  plantedTest("a night is the same, whatever secrets the environment has meanwhile", async ({ scene }) => {
    const { run } = scene;
    expect((await run(night, { secrets: false })).exitCode).toBe(0);
    const again = await run(night, { env: { B_TOKEN: "customers", C_TOKEN: "snapshot_date" } });
    expect(again).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("Nothing to do") });
  });
});
