import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { openStore } from "../../src/lib/store/open.ts";
import type { Store } from "../../src/lib/store/store.ts";
import { bucketStore } from "../support/bucket-store.ts";
import { type FaultyS3, startFaultyS3 } from "../support/faulty-s3.ts";
import { s3Settings } from "../support/s3-settings.ts";
import type { Row } from "./row.ts";

const RECORD = "records/2026-11-23/train.json";

/** With a server in memory, and stores in its bucket for two folders. */
const over =
  (
    act: (given: { mine: Store; other: Store; server: FaultyS3; objects: Map<string, Buffer> }) => Promise<unknown>,
    manner: Parameters<typeof startFaultyS3>[0] = {},
    s3: Readonly<Record<string, unknown>> = {},
  ) =>
  async (folder: string) => {
    await using server = await startFaultyS3(manner);
    for (const name of ["mine", "other"]) await mkdir(join(folder, name), { recursive: true });
    const mine = await bucketStore(server, join(folder, "mine"), { lease: "1s", ...s3 });
    const other = await bucketStore(server, join(folder, "other"), { lease: "1s", ...s3 });
    try {
      await act({ mine, other, server, objects: server.objects("bucket") });
    } finally {
      await mine.end(false);
      await other.end(false);
    }
  };

export const storeBucket: readonly Row[] = [
  {
    cause: "a bucket's address that is none",
    by: async (root) => openStore("s3://me:word@bucket/churn", { ...s3Settings({}), root }),
    code: 2,
    says: "store must be s3://BUCKET/PREFIX, without user, port, ?, # and \\, and without a folder called . or ..",
    next: "store: s3://my-bucket/churn in churn.yaml",
  },
  {
    cause: "a bucket that another run holds",
    by: over(async ({ mine, other }) => {
      await other.begin("run-all of 2026-11-23");
      await mine.begin("train of 2026-11-23");
      await other.write(RECORD, "{}");
      await mine.write(RECORD, "{}");
    }),
    code: 75,
    says: "another run holds the store s3://bucket/churn: run-all of 2026-11-23, process … on …, since …",
    next: "run it again when that one has ended",
  },
  {
    cause: "a bucket that another run took and left since this one began",
    by: over(async ({ mine, other }) => {
      await mine.begin("train of 2026-11-23");
      await other.begin("run-all of 2026-11-23");
      await other.write(RECORD, "{}");
      await other.end();
      await mine.write(RECORD, "{}");
    }),
    code: 75,
    says: "another run was quicker to take the store s3://bucket/churn",
    next: "run it again when that one has ended",
  },
  {
    cause: "a run that stood still, while another machine took its bucket over",
    by: over(async ({ mine, objects }) => {
      await mine.begin("train of 2026-11-23");
      await mine.write(RECORD, "{}");
      const lease = JSON.parse(objects.get("churn/lease.json")?.toString() ?? "");
      const taken = { ...lease, session: "8e6c7f5e-7a86-4a3e-9d3c-7f2f2f0a9f10", purpose: "run-all of 2026-11-23" };
      objects.set("churn/lease.json", Buffer.from(JSON.stringify(taken)));
      objects.set(`churn/${RECORD}`, Buffer.from("other"));
      await mine.write(RECORD, "{}");
    }),
    code: 75,
    says: "another run has taken over the store s3://bucket/churn: run-all of 2026-11-23, process … on …, since …",
    next: "this one was silent for longer than s3.lease (1 s); run it again when that one has ended",
  },
  {
    cause: "a lease that is no JSON",
    by: over(async ({ mine, objects }) => {
      objects.set("churn/lease.json", Buffer.from("by hand"));
      await mine.begin("train of 2026-11-23");
    }),
    code: 4,
    says: "s3://bucket/churn/lease.json is damaged: …",
    next: "where no run works: aws s3 rm s3://bucket/churn/lease.json --endpoint-url http://…",
  },
  {
    cause: "a lease of gigabytes",
    by: over(async ({ mine, objects }) => {
      objects.set("churn/lease.json", Buffer.alloc((1 << 16) + 1));
      await mine.begin("train of 2026-11-23");
    }),
    code: 4,
    says: "s3://bucket/churn/lease.json has 65537 bytes, at most 65536 are read of such an object",
    next: "where no run works: aws s3 rm s3://bucket/churn/lease.json --endpoint-url http://…",
  },
  {
    cause: "a lease for ever",
    by: over(async ({ mine, other, objects }) => {
      await other.begin("run-all of 2026-11-23");
      await other.write(RECORD, "{}");
      const lease = JSON.parse(objects.get("churn/lease.json")?.toString() ?? "");
      objects.set("churn/lease.json", Buffer.from(JSON.stringify({ ...lease, seconds: 1e9 })));
      await mine.begin("train of 2026-11-23");
    }),
    code: 4,
    says: "s3://bucket/churn/lease.json says that it is held for 1000000000 s, and a run asks for 600 s at most: run-all of 2026-11-23, process … on …, since …",
    next: "where no run works: aws s3 rm s3://bucket/churn/lease.json --endpoint-url http://…",
  },
  {
    cause: "a server that doesn't look at conditions",
    by: over(
      async ({ mine }) => {
        await mine.begin("train of 2026-11-23");
        await mine.write(RECORD, "{}");
      },
      { ignoresConditions: true },
    ),
    code: 2,
    says: "http://… takes a write's condition and doesn't look at it, so two machines that write to s3://bucket/churn at once can't be kept apart",
    next: "where no other folder or machine ever writes there, say so: s3: { single_writer: true } in churn.yaml",
  },
  {
    cause: "a record of gigabytes in a bucket",
    by: over(
      async ({ mine, objects }) => {
        objects.set(`churn/${RECORD}`, Buffer.alloc((256 << 20) + 1));
        await mine.read(RECORD);
      },
      {},
      // The server in memory takes its time over the ETag.
      { deadline: "30s" },
    ),
    code: 5,
    says: "s3://bucket/churn/records/2026-11-23/train.json has 268435457 bytes, at most 268435456 are read of such a file",
    next: "restore this file from a backup",
  },
  {
    cause: "a record that something else changes again and again while it is written",
    by: "test/store/bucket/bucket.test.ts",
    code: 75,
    says: "s3://bucket/churn/records/2026-11-23/train.json was changed while it was written",
    next: "does something else write there? run it again",
  },
];
