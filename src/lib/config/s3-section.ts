import * as z from "zod";
import { isEndpoint } from "../s3/address.ts";
import { duration, LONGEST_LEASE_SECONDS, secondsOf } from "./duration.ts";
import { byteSize } from "./size.ts";

/** Those whose objects can be read at once. */
const STORAGE_CLASSES = [
  "STANDARD",
  "STANDARD_IA",
  "ONEZONE_IA",
  "INTELLIGENT_TIERING",
  "GLACIER_IR",
  "REDUCED_REDUNDANCY",
  "EXPRESS_ONEZONE",
] as const;

/** The section `s3` of churn.yaml: how buckets are reached, the store's, a source's and MLflow's. */
export const s3Section = z.strictObject({
  endpoint: z
    .string()
    .refine(isEndpoint, "a server's http:// or https:// address, without user and password")
    .optional()
    .describe("a server of S3's kind (MinIO, Ceph, R2); AWS where it isn't said"),
  region: z.string().min(1).optional().describe("the bucket's region; AWS_REGION or the profile's where it isn't said"),
  profile: z.string().min(1).optional().describe("a profile of ~/.aws, with its credentials"),
  path_style: z
    .boolean()
    .optional()
    .describe("whether a bucket is a part of the path and not of the host's name; with an endpoint it is"),
  sse: z
    .enum(["AES256", "aws:kms", "aws:kms:dsse"])
    .optional()
    .describe("encryption that is asked of the server; the bucket's own where it isn't said"),
  kms_key: z.string().min(1).optional().describe("with sse: aws:kms, the key's id or ARN"),
  storage_class: z.enum(STORAGE_CLASSES).optional().describe("the class that objects are written in"),
  single_writer: z
    .boolean()
    .default(false)
    .describe("that no other folder or machine writes there: for servers that can't keep two apart"),
  lease: duration
    .refine(
      (text) => secondsOf(text) > 0 && secondsOf(text) <= LONGEST_LEASE_SECONDS,
      "a duration above 0s and of at most 10m",
    )
    .default("60s")
    .describe("how long a run that says nothing more holds the bucket against other machines, at most 10m"),
  deadline: duration.default("2m").describe("how long a request that fails in passing is repeated"),
  cache: z
    .strictObject({
      keep: duration.default("30d").describe("how long a file that nobody reads stays in .churn/cache"),
      size: byteSize.default("10GB").describe("how much lies there at most"),
    })
    .prefault({})
    .describe("copies on this machine"),
});
