import { readdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { describe, expect } from "vitest";
import { SECRETS, secrets } from "../../../src/lib/doctor/checks/secrets.ts";
import { foundBy, writeWorkspace } from "../../support/doctor.ts";
import { test } from "../../support/folder.ts";

const LONG = "abcdefghijklmnop";

test("each secret that is set is named with where it is, and no value is", async ({ folder }) => {
  await writeWorkspace(folder);
  await writeFile(join(folder, ".env"), `SLACK_BOT_TOKEN=${LONG}\nMYSQL_PWD=${LONG}\nSMTP_PASSWORD_FILE=smtp\n`, {
    mode: 0o600,
  });
  await writeFile(join(folder, "smtp"), `${LONG}\n`, { mode: 0o600 });
  const env = { PGPASSWORD: LONG, MYSQL_PWD: LONG, OTHER_TOKEN: LONG };
  expect(await foundBy(secrets, folder, { env })).toEqual([
    {
      state: "ok",
      text: "PGPASSWORD and MYSQL_PWD in the environment; SLACK_BOT_TOKEN in .env; SMTP_PASSWORD in a file that .env names",
    },
  ]);
});

test("a file that the environment names goes before a value in .env", async ({ folder }) => {
  await writeWorkspace(folder);
  await writeFile(join(folder, ".env"), `PGPASSWORD=${LONG}\n`, { mode: 0o600 });
  await writeFile(join(folder, "pg"), LONG, { mode: 0o600 });
  expect(await foundBy(secrets, folder, { env: { PGPASSWORD_FILE: "pg" } })).toEqual([
    { state: "ok", text: "PGPASSWORD in a file that the environment names" },
  ]);
});

test("what source.env names is one of them", async ({ folder }) => {
  await writeWorkspace(folder);
  const set = ["source={command: [sh], format: csv, env: [BQ_PASSWORD]}"];
  expect(await foundBy(secrets, folder, { env: { BQ_PASSWORD: LONG }, set })).toEqual([
    { state: "ok", text: "BQ_PASSWORD in the environment; no .env" },
  ]);
});

test("none at all is fine, in a workspace or without one", async ({ folder }) => {
  const none = [{ state: "ok", text: "none set; no .env" }];
  expect(await foundBy(secrets, folder)).toEqual(none);
  await writeWorkspace(folder);
  expect(await foundBy(secrets, folder)).toEqual(none);
});

test("one that is too short to be masked is a warning, without its value", async ({ folder }) => {
  await writeWorkspace(folder);
  const found = await foundBy(secrets, folder, { env: { SMTP_PASSWORD: "ab3d", MLFLOW_TRACKING_USERNAME: "me" } });
  expect(found).toEqual([
    { state: "ok", text: "MLFLOW_TRACKING_USERNAME and SMTP_PASSWORD in the environment; no .env" },
    {
      state: "warning",
      text: "SMTP_PASSWORD is too short, or too ordinary a word, to be masked where it is shown",
      next: ["a secret of at least five letters, best of twelve or more"],
    },
  ]);
  expect(JSON.stringify(found)).not.toContain("ab3d");
});

describe("a problem, before any stage, is", () => {
  test("a .env that others can read", async ({ folder }) => {
    await writeWorkspace(folder);
    await writeFile(join(folder, ".env"), `PGPASSWORD=${LONG}\n`, { mode: 0o640 });
    expect(await foundBy(secrets, folder)).toEqual([
      {
        state: "problem",
        exitCode: 2,
        stage: "start",
        text: `${folder}/.env holds secrets and is open to others (mode 640)`,
        next: [`chmod 600 ${folder}/.env`],
      },
    ]);
  });

  test("a secret's file that others can read, or that isn't there: the other secrets are told all the same", async ({
    folder,
  }) => {
    await writeWorkspace(folder);
    await writeFile(join(folder, "open"), LONG, { mode: 0o644 });
    const env = { PGPASSWORD: LONG, SMTP_PASSWORD_FILE: "open", SLACK_BOT_TOKEN_FILE: "gone" };
    const problem = (text: string) => expect.objectContaining({ state: "problem", exitCode: 2, stage: "start", text });
    expect(await foundBy(secrets, folder, { env })).toEqual([
      { state: "ok", text: "PGPASSWORD in the environment; no .env" },
      problem(`SLACK_BOT_TOKEN_FILE in the environment names ${folder}/gone, which is not there`),
      problem(`${folder}/open holds secrets and is open to others (mode 644)`),
    ]);
  });
});

test("the list has every secret that churn's code asks for by its name", async () => {
  const src = resolve("src");
  const files = (await readdir(src, { recursive: true })).filter((file) => file.endsWith(".ts"));
  const texts = await Promise.all(files.map((file) => readFile(join(src, file), "utf8")));
  const asked = texts.flatMap((text) => [
    ...[...text.matchAll(/\bsecret\("([A-Z_]+)"\)/g)].map(([, name = ""]) => name),
    // A name that is a constant of the file.
    ...(/\bsecret(?:Address)?\([^"')]*\b(?:ADDRESS|SECRET)\)/.test(text)
      ? [...text.matchAll(/const (?:ADDRESS|SECRET) = "([A-Z_]+)"/g)].map(([, name = ""]) => name)
      : []),
  ]);
  expect([...new Set(asked)].sort()).toEqual([...SECRETS].sort());
});
