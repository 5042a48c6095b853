import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe } from "vitest";
import { bucketStore } from "../support/bucket-store.ts";
import { holdsContract } from "../support/store-contract.ts";
import { type S3Server, startS3 } from "./support/s3.ts";

let server: S3Server;
let folder: string;
let prefix: string;
beforeAll(async () => {
  server = await startS3();
  await server.makeBucket("bucket");
}, 120_000);
afterAll(() => server?.[Symbol.asyncDispose]());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "churn-contract-"));
  prefix = randomUUID();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("a store in a bucket of a real server", () => {
  holdsContract((workspace = "mine") => bucketStore(server, join(folder, workspace), { lease: "2s" }, { prefix }));
});
