import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sha256 } from "../../src/lib/files/fingerprint.ts";
import { churn, cronEnv, type Ended, lastDay, mayDiffer, program } from "../support/churn.ts";
import { type FaultyS3, refusals, type S3Fault, type S3Requests, startFaultyS3 } from "../support/faulty-s3.ts";
import { complaint, replaceIn, unfinishedIn } from "../support/mistake.ts";
import { sweep } from "../support/sweep.ts";

const BEFORE = "2026-11-21";
const BUCKET = "faulty";
/** Far enough to read what an earlier night left, and to write tables and records: the time is not training's. */
const tonight = ["run-all", "--date", lastDay, "--to", "features"];
const ALWAYS = Number.POSITIVE_INFINITY;
/** A server that stays away is given up soon, and no night is tried again. */
const SOON = { CHURN_S3_DEADLINE: "2s", CHURN_S3_LEASE: "6s", CHURN_RUN_RETRIES_DEADLINE: "0s" };

let folder: string;
/** After a night whose model is in production, with what it left in the bucket. */
let prepared: string;
let left: ReadonlyMap<string, Buffer>;
/** What tonight makes when all goes well. */
let expected: Record<string, string>;
let copies = 0;

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "churn-s3-faults-")));
  prepared = join(folder, "prepared");
  await mkdir(prepared);
  await using server = await startFaultyS3();
  const env = envOf(server);
  await succeeds(prepared, ["init", "--sample", "--date", lastDay], {});
  await replaceIn(join(prepared, "churn.yaml"), /rounds: 100/, "rounds: 5");
  await succeeds(prepared, ["run-all", "--date", BEFORE], env);
  await succeeds(prepared, ["promote", "--version", "1", "--yes"], env);
  left = new Map(server.objects(BUCKET));
  const good = join(folder, "good");
  await cp(prepared, good, { recursive: true });
  await succeeds(good, tonight, env);
  expected = madeIn(server);
  expect(Object.keys(expected)).toHaveLength(8);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

function envOf(server: FaultyS3, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { ...server.env, CHURN_STORE: `s3://${BUCKET}/churn`, ...more };
}

async function succeeds(cwd: string, words: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> {
  const ended = await churn(cwd, words, env);
  if (ended.exitCode !== 0) throw new Error(`churn ${words.join(" ")} ended with ${ended.exitCode}: ${ended.stderr}`);
  return ended;
}

/** Tonight's files in the bucket that follow from customers and configuration, by their digests. */
function madeIn(server: FaultyS3): Record<string, string> {
  const made: Record<string, string> = {};
  for (const [path, bytes] of server.objects(BUCKET)) {
    const key = path.slice("churn/".length);
    if (key.includes(`/${lastDay}/`) && !mayDiffer.test(key)) made[key] = sha256(bytes);
  }
  return made;
}

/** A machine that comes to that bucket: with the last night in its cache, or with none. */
async function machine(server: FaultyS3, { isCold = false } = {}): Promise<string> {
  copies += 1;
  const workspace = join(folder, `machine-${copies}`);
  await cp(prepared, workspace, { recursive: true });
  if (isCold) await rm(join(workspace, ".churn", "cache"), { recursive: true });
  for (const [key, bytes] of left) server.objects(BUCKET).set(key, bytes);
  return workspace;
}

/** What nobody is to read anywhere: the secret key, a session's token, what a request was signed with. */
const SECRET = /churn-test-secret-key|the-token-of-a-session|AWS4-HMAC|Signature=|StringToSign/;

/** Nothing that was said or written has a secret in it. */
async function expectNoSecret(workspace: string, server: FaultyS3, { stdout, stderr }: Ended): Promise<void> {
  expect(`${stdout}${stderr}`).not.toMatch(SECRET);
  expect(stderr, "no stack trace, no word of the SDK's").not.toMatch(/^ {4}at |Error:|Deprecat/m);
  for (const [key, bytes] of server.objects(BUCKET)) expect(bytes.toString("latin1"), key).not.toMatch(SECRET);
  for (const entry of await readdir(workspace, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    expect(await readFile(path, "latin1"), path).not.toMatch(SECRET);
  }
}

/** After a night that ended badly, once the server is well: the same words make what they make otherwise. */
async function expectMended(workspace: string, server: FaultyS3): Promise<void> {
  server.mend();
  const env = envOf(server, SOON);
  for (const [key, digest] of Object.entries(madeIn(server)))
    expect(digest, `${key} is whole, or isn't there`).toBe(expected[key]);
  await succeeds(workspace, tonight, env);
  expect(madeIn(server)).toEqual(expected);
  await succeeds(workspace, ["verify", "--all"], env);
  expect(await unfinishedIn(workspace)).toEqual([]);
}

interface Passing extends S3Requests {
  readonly fault: S3Fault;
  readonly times?: number;
  readonly after?: number;
}

describe("a night survives", () => {
  test.each<readonly [string, { readonly isCold: boolean }, readonly Passing[]]>([
    [
      "what passes, in reads and in writes",
      { isCold: true },
      [
        { fault: refusals.internal, method: "LIST" },
        { fault: refusals.unavailable, method: "PUT", key: /raw\// },
        { fault: refusals.slowDown, method: "PUT", key: /processed\// },
        { fault: refusals.tooMany, method: "PUT", key: /features\// },
        { fault: refusals.conflict, method: "PUT", key: /attempts\/.*validate/ },
        { fault: { html: 503 }, method: "LIST", key: /features/ },
        { fault: "reset", method: "PUT", key: /transform\.json/, times: 2 },
        { fault: "cut", method: "GET", key: /records\// },
        { fault: "flipped", method: "GET", key: /validation/ },
        { fault: "reset", method: "HEAD" },
      ],
    ],
    ["a clock that is wrong for the first request", { isCold: false }, [{ fault: refusals.skewed }]],
    [
      "answers that are lost: its own successes aren't taken for another's",
      { isCold: false },
      Array.from({ length: 12 }, (_, index): Passing => ({ fault: "lost", method: "PUT", after: index * 2 })),
    ],
  ])("%s", async (_, { isCold }, faults) => {
    await using server = await startFaultyS3();
    const workspace = await machine(server, { isCold });
    for (const { fault, ...which } of faults) server.put(fault, which);
    const ended = await succeeds(workspace, tonight, envOf(server));
    expect(madeIn(server)).toEqual(expected);
    await expectNoSecret(workspace, server, ended);
    await expectMended(workspace, server);
  });
});

interface Ending extends S3Requests {
  readonly name: string;
  readonly fault: S3Fault;
  readonly after?: number;
  readonly isCold?: boolean;
  readonly times?: number;
  readonly code: number;
  readonly says: RegExp;
}

const TABLE: readonly Ending[] = [
  {
    name: "access is denied on some keys",
    ...{ fault: refusals.denied, method: "PUT", key: /processed\// },
    ...{
      code: 2,
      says: /denies s3:PutObject on s3:\/\/faulty\/churn\/processed\/2026-11-22\/\S+, request REQUEST\d+$/,
    },
  },
  {
    name: "the key is taken away in the midst of the night",
    ...{ fault: refusals.unknownKey, after: 25, code: 2, says: /doesn't know the credentials for s3:\/\/faulty\// },
  },
  {
    name: "the secret is another one in the midst of the night",
    ...{ fault: refusals.wrongSecret, after: 25, code: 2, says: /refuses the secret key for s3:\/\/faulty\// },
  },
  {
    name: "the token expires in the midst of the night",
    ...{ fault: refusals.expired, after: 25, code: 2, says: /the credentials for s3:\/\/faulty\/\S+ have expired$/ },
  },
  {
    name: "the clock stays wrong",
    ...{ fault: refusals.skewed, code: 5, says: /since this machine's clock differs/ },
  },
  {
    name: "the bucket is in another region (301)",
    ...{ fault: refusals.moved, code: 2, says: /is in the region eu-central-1, and was asked for in us-east-1$/ },
  },
  {
    name: "the bucket is in another region (400)",
    ...{ fault: refusals.wrongRegion, code: 2, says: /is in the region eu-central-1, and was asked for in us-east-1$/ },
  },
  { name: "there is no bucket", ...{ fault: refusals.noBucket, code: 2, says: /has no bucket faulty$/ } },
  {
    name: "the server can't do it",
    ...{ fault: refusals.notImplemented, method: "PUT", key: /raw\//, code: 2, says: /can't do s3:PutObject on / },
  },
  {
    name: "bytes are damaged on their way there",
    ...{ fault: refusals.badDigest, method: "PUT", key: /processed\/.*parquet/, code: 5 },
    ...{ says: /was damaged on its way to the server \S+: BadDigest/ },
  },
  {
    name: "the server fails for longer than the deadline",
    ...{ fault: refusals.internal, method: "PUT", key: /features\//, code: 5, says: /fails on s3:\/\/\S+: 500/ },
  },
  {
    name: "the server asks to slow down for longer than the deadline",
    ...{ fault: refusals.slowDown, method: "PUT", key: /raw\//, code: 5, says: /asks to slow down: s3:\/\/faulty/ },
  },
  {
    name: "a login page answers",
    ...{ fault: { html: 200 }, method: "PUT", key: /raw\//, code: 5, says: /^what answers for \S+ at \S+ is no S3/ },
  },
  {
    name: "connections are cut for longer than the deadline",
    ...{ fault: "reset", key: /processed\//, code: 5, says: /can't be reached for \S+: the connection was cut/ },
  },
  {
    name: "nothing is answered",
    ...{
      fault: "silent",
      method: "PUT",
      key: /features\//,
      code: 5,
      says: /can't be reached for \S+: it doesn't answer$/,
    },
  },
  {
    name: "answers stop in their midst",
    ...{
      fault: "stalled",
      method: "GET",
      key: /records\//,
      isCold: true,
      code: 5,
      says: /it doesn't finish its answer$/,
    },
  },
  {
    name: "bodies have no length",
    ...{ fault: "short", method: "GET", key: /records\//, isCold: true, code: 5, says: /has no ContentLength/ },
  },
  {
    name: "an object has another byte than its checksum, each time",
    ...{ fault: "flipped", method: "GET", key: /validation/, isCold: true, code: 4, says: /validation\.json/ },
  },
  {
    name: "an answer has another byte, and no checksum",
    ...{ fault: "flipped, unseen", method: "GET", key: /validation/, isCold: true, code: 4, says: /validation\.json/ },
  },
];

describe("a night ends with one sentence, and is done the next time, when", () => {
  test.each(sweep(TABLE, 7))(
    "$name",
    async ({ fault, code, says, isCold = false, name: _, times = ALWAYS, ...which }) => {
      await using server = await startFaultyS3();
      const workspace = await machine(server, { isCold });
      server.put(fault, { times, ...which });
      const ended = await churn(workspace, tonight, envOf(server, SOON));
      const { exitCode, error, next } = complaint(ended);
      expect({ exitCode, error }, ended.stderr).toEqual({ exitCode: code, error: expect.stringMatching(says) });
      expect(next.length).toBeGreaterThan(0);
      await expectNoSecret(workspace, server, ended);
      await expectMended(workspace, server);
    },
  );
});

/** Makes a small disk where the copies lie, in a mount namespace, which takes it along. */
const ON_SMALL_DISK = `
  mkdir -p "$1" && mount -t tmpfs -o size=48k,mode=700 tmpfs "$1" || exit 90
  cache="$1"; shift
  "$@"; code=$?
  find "$cache" -name '*.part' | sed 's/^/left: /'
  exit $code`;

test("a full disk under the cache is one sentence, and leaves nothing half written", async ({ skip }) => {
  const unshare = ["--user", "--map-root-user", "--mount"];
  const possible = await execa("unshare", [...unshare, "true"], { reject: false });
  skip(possible.exitCode !== 0, "this machine lets nobody make a mount namespace");
  await using server = await startFaultyS3();
  const workspace = await machine(server);
  // By hand: run-all asks first whether there is room.
  const words = [process.execPath, program, "extract", "--date", lastDay];
  const cache = join(workspace, ".churn", "cache");
  const full = await execa("unshare", [...unshare, "sh", "-c", ON_SMALL_DISK, "sh", cache, ...words], {
    cwd: workspace,
    env: { ...cronEnv, PATH: `/usr/sbin:/sbin:${cronEnv.PATH}`, ...envOf(server, SOON) },
    extendEnv: false,
    reject: false,
    stdin: "ignore",
  });
  expect(complaint({ exitCode: full.exitCode, stderr: full.stderr }), full.stderr).toMatchObject({
    exitCode: 5,
    error: expect.stringMatching(/\.churn\/cache\/.*(?:disk is full|No space left)/),
  });
  expect(full.stdout).not.toContain("left: ");
  await expectMended(workspace, server);
});
