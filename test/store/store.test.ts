import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe } from "vitest";
import { openFolderStore } from "../../src/lib/store/folder.ts";
import { bucketStore } from "../support/bucket-store.ts";
import { type FaultyS3, startFaultyS3 } from "../support/faulty-s3.ts";
import { holdsContract } from "../support/store-contract.ts";

let server: FaultyS3;
let folder: string;
beforeAll(async () => {
  server = await startFaultyS3();
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "churn-contract-"));
});
afterEach(async () => {
  server.objects("bucket").clear();
  await rm(folder, { recursive: true, force: true });
});

describe("a store in a folder", () => {
  holdsContract(async () => openFolderStore(join(folder, "store")));
});

describe("a store in a bucket", () => {
  holdsContract((workspace = "mine") => bucketStore(server, join(folder, workspace), { lease: "1s" }));
});
