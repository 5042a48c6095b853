import * as z from "zod";
import { defineFormat } from "../../artifacts/format.ts";

/** Where a bucket says who writes there, below the store's prefix. */
export const LEASE_KEY = "lease.json";

const lease = z.strictObject({
  state: z.enum(["held", "released"]),
  session: z.uuid().describe("of the run that holds it, or did"),
  owner: z.string().describe("by which a folder on a machine knows its own earlier runs, while it holds its own lock"),
  machine: z.string(),
  process: z.int(),
  purpose: z.string().describe("what the run does"),
  since: z.iso.datetime(),
  seconds: z.number().positive().describe("after so long without a renewal others take it over"),
  renewals: z.int().nonnegative().describe("so that no two contents of it are the same"),
});
export type Lease = z.infer<typeof lease>;

/** lease.json of a store in a bucket. */
export const leaseFormat = defineFormat({ version: 1, schema: lease, upgrades: {}, signedFrom: 1 });

/** As a sentence says who holds it. */
export function holderText({ purpose, process, machine, since }: Lease): string {
  return `${purpose}, process ${process} on ${machine}, since ${since}`;
}
