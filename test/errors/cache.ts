import { join } from "node:path";
import { openCache } from "../../src/lib/cache/cache.ts";
import type { Row } from "./row.ts";

export const cache: readonly Row[] = [
  {
    cause: "a cache that is deleted while a copy is made",
    by: async (root) => openCache(root).keep(join(root, "gone"), { sha256: "a".repeat(64), name: "customers.parquet" }),
    code: 5,
    says: `FOLDER/.churn/cache/objects/aa/${"a".repeat(64)}.parquet was deleted while it was in use`,
    next: "run it again",
  },
];
