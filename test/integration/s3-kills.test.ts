import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env } from "node:process";
import { afterAll, beforeAll, test } from "vitest";
import { describeCase, killCase, targetsAtServer } from "../support/kill-plan.ts";
import { type KilledNights, prepareNights } from "../support/killed-night.ts";
import { copyPlace, placeAt, removePlace } from "./support/bucket-places.ts";
import { type S3Server, startS3 } from "./support/s3.ts";

/**
 * The kills of test/program/kills.test.ts with the store in a bucket, half of them of the bucket's server, which is back a moment later.
 * CHURN_TEST_S3_KILLS says how many cases, CHURN_TEST_SEED the first one's seed.
 */
const cases = Number(env.CHURN_TEST_S3_KILLS ?? 4);
const firstSeed = Number(env.CHURN_TEST_SEED ?? 1);

let folder: string;
let server: S3Server;
let nights: KilledNights;

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "churn-s3-kills-")));
  server = await startS3();
  await server.makeBucket("kills");
  nights = await prepareNights({
    place: (name) => placeAt(server, "kills", folder, name),
    copy: copyPlace,
    remove: removePlace,
    server,
  });
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
  if (nights !== undefined) process.stdout.write(`${nights.summary()}\n`);
});

test.each(
  Array.from({ length: cases }, (_, index) => killCase(firstSeed + index, targetsAtServer)).map(
    (one) => [describeCase(one), one] as const,
  ),
)("a night in a bucket that is killed ends as one that never was: %s", (_, one) => nights.expectCase(one), 180_000);
