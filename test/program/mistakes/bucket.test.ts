import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect } from "vitest";
import { churn, cronEnv, lastDay, program } from "../../support/churn.ts";
import { refusals, type S3Fault, startFaultyS3 } from "../../support/faulty-s3.ts";
import { complaint, unfinishedIn, workspaceAfter } from "../../support/mistake.ts";

const test = workspaceAfter();
const tonight = ["--date", lastDay];

/** A server, and what makes a workspace keep its store there. */
async function bucketServer() {
  const server = await startFaultyS3();
  const env = { ...server.env, CHURN_STORE: "s3://nights/churn", CHURN_S3_DEADLINE: "20s" };
  return { server, env, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

test("a night whose server fails in every way that passes ends as one that met no fault", async ({
  workspace,
  folder,
}) => {
  const other = join(folder, "other");
  await cp(workspace, other, { recursive: true });
  await using quiet = await bucketServer();
  expect(await churn(workspace, ["run-all", ...tonight], quiet.env)).toMatchObject({ exitCode: 0 });
  await using stormy = await bucketServer();
  const faults: readonly S3Fault[] = [
    refusals.internal,
    refusals.unavailable,
    refusals.slowDown,
    refusals.tooMany,
    { html: 503 },
    "reset",
    "lost",
    "cut",
    "flipped",
  ];
  // One after the other, all through the night.
  const step = Math.floor(quiet.server.count() / (faults.length + 1));
  for (const [at, fault] of faults.entries()) stormy.server.put(fault, { after: (at + 1) * step });
  expect(await churn(other, ["run-all", ...tonight], stormy.env)).toMatchObject({ exitCode: 0 });
  expect(stormy.server.count()).toBeGreaterThanOrEqual(quiet.server.count() + faults.length - 2);
  const written = ({ server }: typeof quiet) =>
    [...server.objects("nights")].filter(([key]) => /\.parquet$|model\.json$|preprocessing\.json$/.test(key)).sort();
  expect(written(quiet).length).toBeGreaterThan(5);
  expect(written(stormy)).toEqual(written(quiet));
});

describe("one sentence, and nothing half-written", () => {
  test.for([
    [refusals.denied, "denies s3:", 2],
    [refusals.noBucket, "has no bucket nights", 2],
    [refusals.moved, "is in the region eu-central-1", 2],
    [refusals.expired, "have expired", 2],
    [refusals.skewed, "this machine's clock differs", 5],
    [{ html: 200 }, "is no S3", 5],
    ["silent", "it doesn't answer", 5],
  ] as const)("%j", async ([fault, said, exitCode], { workspace }) => {
    await using bucket = await bucketServer();
    const env = { ...bucket.env, CHURN_S3_DEADLINE: "2s" };
    expect(await churn(workspace, ["extract", ...tonight], env)).toMatchObject({ exitCode: 0 });
    bucket.server.put(fault, { times: Number.POSITIVE_INFINITY, key: /raw|records/ });
    const before = [...bucket.server.objects("nights")].filter(([key]) => !key.endsWith("lease.json"));
    const ended = await churn(workspace, ["validate", ...tonight], env);
    expect(complaint(ended)).toMatchObject({ exitCode, error: expect.stringContaining(said) });
    expect(`${ended.stdout}${ended.stderr}`).not.toMatch(/churn-test-secret-key|the-token-of-a-session|Signature=/);
    expect([...bucket.server.objects("nights")].filter(([key]) => !key.endsWith("lease.json"))).toEqual(before);
    expect(await unfinishedIn(workspace)).toEqual([]);
    bucket.server.mend();
    expect(await churn(workspace, ["validate", ...tonight], env)).toMatchObject({ exitCode: 0 });
  });
});

/** In a mount namespace, which takes the file system with it. */
const [unshare, ...apart] = ["unshare", process.getuid?.() === 0 ? "-m" : "-rm"] as const;
const mayMount =
  (await execa(unshare, [...apart, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], { reject: false })).exitCode === 0;

test.skipIf(!mayMount)(
  "a cache on a full disk ends a stage, and nothing of it is taken for whole",
  async ({ workspace }) => {
    await using bucket = await bucketServer();
    for (const stage of ["extract", "validate"])
      expect(await churn(workspace, [stage, ...tonight], bucket.env)).toMatchObject({ exitCode: 0 });
    const cache = join(workspace, ".churn", "cache");
    await mkdir(cache, { recursive: true });
    const script = 'mount -t tmpfs -o size=40k tmpfs "$1" && shift && exec "$@"';
    const words = [process.execPath, program, "-C", workspace, "transform", ...tonight];
    const { exitCode, stderr } = await execa(unshare, [...apart, "sh", "-c", script, "sh", cache, ...words], {
      env: { ...cronEnv, ...bucket.env },
      extendEnv: false,
      reject: false,
    });
    expect(complaint({ exitCode, stderr })).toMatchObject({
      exitCode: 5,
      error: expect.stringMatching(/the disk is full$|No space left on device$/),
    });
    expect(await churn(workspace, ["transform", ...tonight], bucket.env)).toMatchObject({ exitCode: 0 });
  },
);
