import { expect } from "vitest";
import { UnreachableError } from "../../src/lib/errors.ts";
import { readLedger } from "../../src/lib/ledger/read.ts";
import { beyondReach } from "../../src/lib/store/beyond-reach.ts";
import type { Store } from "../../src/lib/store/store.ts";
import { NIGHT, RUN, runOf, writeLedger } from "../support/ledger-events.ts";
import { test } from "../support/records.ts";

test("nothing is asked of it, and what lies elsewhere is known all the same", async ({ archive }) => {
  const down = () => Promise.reject(new UnreachableError("the bucket is down"));
  const store: Store = {
    ...archive.store,
    address: "s3://bucket/churn",
    read: down,
    list: down,
    stat: down,
    holder: down,
  };
  const place = { ...archive, root: archive.store.address };
  await writeLedger(place.root, runOf(NIGHT, RUN));
  await expect(readLedger({ ...place, store })).rejects.toThrow("the bucket is down");
  const reading = await readLedger({ ...place, store: beyondReach(store) });
  expect(reading).toMatchObject({ events: [{ run: RUN }, { run: RUN }], damaged: [] });
  expect(beyondReach(store).address).toBe("s3://bucket/churn");
});
