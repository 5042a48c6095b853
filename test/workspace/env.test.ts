import { execFileSync } from "node:child_process";
import { chmod, chown, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { UsageError } from "../../src/lib/errors.ts";
import { processEnvironment, readEnvironment } from "../../src/lib/workspace/env.ts";

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "churn-env-"));
});
afterEach(() => rm(root, { recursive: true }));

async function write(name: string, text: string | Uint8Array, mode = 0o600): Promise<string> {
  const path = join(root, name);
  await writeFile(path, text);
  await chmod(path, mode);
  return path;
}

function failure(action: () => unknown): { message: string; hint: string | undefined } {
  try {
    action();
  } catch (error) {
    if (error instanceof UsageError) return { message: error.message, hint: error.hint };
    throw error;
  }
  throw new Error("it did not fail");
}

test("a variable of the process wins over .env, and an empty one counts as not set", async () => {
  await write(".env", 'A=file\nB="from # file"\nC=\n');
  const { variables, get } = readEnvironment({ A: "process", B: "", D: "process" }, root);
  expect(Object.fromEntries(variables)).toEqual({
    A: { value: "process", from: "environment" },
    B: { value: "from # file", from: ".env" },
    D: { value: "process", from: "environment" },
  });
  expect([get("A"), get("B"), get("C"), get("E")]).toEqual(["process", "from # file", undefined, undefined]);
});

test("a workspace without .env has the process's variables alone", () => {
  expect([...readEnvironment({ A: "1" }, root).variables.keys()]).toEqual(["A"]);
});

test("without a .env that may be read there are the process's variables alone, and their secrets are masked", async () => {
  await write(".env", "A=file\nB=file\n", 0o644);
  const { variables, redact } = processEnvironment({ A: "process", API_TOKEN: "abcdefghijkl" }, root);
  expect([...variables.keys()]).toEqual(["A", "API_TOKEN"]);
  expect(redact("abcdefghijkl")).toBe("***");
});

test.each([
  [0o644, "644"],
  [0o640, "640"],
  [0o602, "602"],
])("a .env of mode %o is refused with the command that mends it", async (mode, shown) => {
  const path = await write(".env", "MLFLOW_TRACKING_PASSWORD=hunter2x\n", mode);
  expect(failure(() => readEnvironment({}, root))).toEqual({
    message: `${path} holds secrets and is open to others (mode ${shown})`,
    hint: `chmod 600 ${path}`,
  });
});

test.runIf(process.geteuid?.() === 0)("a .env of another user is refused", async () => {
  const path = await write(".env", "A=1\n");
  await chown(path, 12_345, 12_345);
  expect(failure(() => readEnvironment({}, root))).toEqual({
    message: `${path} holds secrets and belongs to another user (uid 12345, churn runs as 0)`,
    hint: `sudo chown 0 ${path}`,
  });
});

test("a .env that is a folder, a pipe or no text is refused without waiting", async () => {
  const path = join(root, ".env");
  await mkdir(path);
  expect(failure(() => readEnvironment({}, root)).message).toBe(`${path} is not a file`);
  await rm(path, { recursive: true });

  execFileSync("mkfifo", ["-m", "600", path]);
  expect(failure(() => readEnvironment({}, root)).message).toBe(`${path} is not a file`);
  await rm(path);

  await write(".env", Uint8Array.of(0x41, 0x3d, 0xfc));
  expect(failure(() => readEnvironment({}, root)).message).toBe(`${path} is not UTF-8 text`);
});

test("a secret comes from the environment, then the file it names, then .env", async () => {
  const file = await write("password", "of the file\n\n");
  await write(".env", 'PASSWORD="of .env"\n');
  expect(readEnvironment({ PASSWORD: "of the process" }, root).secret("PASSWORD")).toBe("of the process");
  expect(readEnvironment({ PASSWORD_FILE: file }, root).secret("PASSWORD")).toBe("of the file\n");
  expect(readEnvironment({}, root).secret("PASSWORD")).toBe("of .env");
  expect(readEnvironment({}, root).secret("TOKEN")).toBeUndefined();
});

test("a file of a secret may be named from the workspace's folder, and be a link", async () => {
  const file = await write("password", "s3cret-in-file");
  await symlink(file, join(root, "link"));
  await write(".env", "PASSWORD_FILE=link\n");
  expect(readEnvironment({}, root).secret("PASSWORD")).toBe("s3cret-in-file");
});

test("NAME and NAME_FILE in one place are an error that shows neither", async () => {
  const file = await write("password", "x");
  const { secret } = readEnvironment({ PASSWORD: "hunter2x", PASSWORD_FILE: file }, root);
  expect(failure(() => secret("PASSWORD"))).toEqual({
    message: "PASSWORD and PASSWORD_FILE are both set in the environment",
    hint: "unset one of them",
  });
});

test("a secret's file that is missing or open to others is an error", async () => {
  const open = await write("open", "x", 0o644);
  const missing = join(root, "missing");
  const { secret } = readEnvironment({ A_TOKEN_FILE: open, B_TOKEN_FILE: missing }, root);
  expect(failure(() => secret("A_TOKEN"))).toEqual({
    message: `${open} holds secrets and is open to others (mode 644)`,
    hint: `chmod 600 ${open}`,
  });
  expect(failure(() => secret("B_TOKEN"))).toEqual({
    message: `B_TOKEN_FILE in the environment names ${missing}, which is not there`,
    hint: "write the secret into that file (mode 0600), or set B_TOKEN",
  });
});

test("what must be masked: values of secret names and of their files, and passwords in URLs", async () => {
  const file = await write("key", "value-of-key-file\n");
  await write(".env", "SMTP_PASSWORD=of-dot-env\n");
  const { secretValues } = readEnvironment(
    {
      MLFLOW_TRACKING_TOKEN: "a-token",
      AWS_SECRET_ACCESS_KEY: "an-aws-key",
      SLACK_WEBHOOK_URL: "https://hooks.slack.com/services/T/B/x",
      API_KEY_FILE: file,
      CHURN_SOURCE_URL: "postgres://churn:p%40ss-word@db/crm",
    },
    root,
  );
  expect(new Set(secretValues)).toEqual(
    new Set([
      "a-token",
      "an-aws-key",
      "https://hooks.slack.com/services/T/B/x",
      "T/B/x",
      "value-of-key-file",
      "p%40ss-word",
      "p@ss-word",
      "of-dot-env",
    ]),
  );
});

test("names of people, sockets and switches, and values of four characters, are not masked", () => {
  const env = {
    GIT_AUTHOR_NAME: "maria",
    SSH_AUTH_SOCK: "/run/agent.sock",
    API_KEY_FILE: "/nowhere/key",
    REQUIRE_AUTH: "false",
    TOKEN: "four",
  };
  expect(readEnvironment(env, root).secretValues).toEqual([]);
});

test("a secret's file that others can read, which churn would refuse, is masked all the same", async () => {
  const open = await write("open", "of-an-open-file\n", 0o644);
  expect(readEnvironment({ SMTP_PASS_FILE: open }, root).secretValues).toEqual(["of-an-open-file"]);
});

test("a secret's file that is a folder, a pipe, a device or too large is left alone without waiting", async () => {
  const pipe = join(root, "pipe");
  execFileSync("mkfifo", ["-m", "600", pipe]);
  const large = await write("large", "x".repeat((1 << 20) + 1));
  const env = { A_TOKEN_FILE: root, B_TOKEN_FILE: pipe, C_TOKEN_FILE: "/dev/zero", D_TOKEN_FILE: large };
  expect(readEnvironment(env, root).secretValues).toEqual([]);
});

test("what .env says is masked too where the environment says otherwise", async () => {
  await write(".env", "A_TOKEN=of-dot-env\n");
  const { secretValues, redact } = readEnvironment({ A_TOKEN: "of-the-process" }, root);
  expect(secretValues).toEqual(["of-the-process", "of-dot-env"]);
  expect(redact("of-dot-env and of-the-process")).toBe("*** and ***");
});
/** What takes time with the square of the length would not come to an end today. */
test.each(["a", "A9+.-", "a:", "a://", "a://b", "a://b:", "x://y@", "@", "?token", " ", "é://"])(
  "a long variable full of %j costs no more than its length",
  (piece) => {
    const value = piece.repeat(Math.ceil(400_000 / piece.length));
    for (const long of [value, `${value}@`, `x://${value}`, `x://user:${value}@host`]) {
      const { secretValues } = readEnvironment({ LONG: long }, root);
      expect(secretValues.every((secret) => long.includes(secret) || secret.length < long.length)).toBe(true);
    }
  },
);
