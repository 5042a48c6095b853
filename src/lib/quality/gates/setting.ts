import * as z from "zod";
import { type Severity, severity } from "../report.ts";

export const share = z.number().min(0).max(1);
export const count = z.int().nonnegative();

/** A gate that has a limit: the limit alone, { limit, severity }, or false. */
export function limitSetting(limit: z.ZodType<number, number>, fallback: number) {
  return z
    .union([
      z.literal(false),
      z.strictObject({ limit, severity: severity.default("fail") }),
      limit.transform((value) => ({ limit: value, severity: "fail" as const })),
    ])
    .default({ limit: fallback, severity: "fail" });
}

/** A gate whose limit needs no number: warn or fail, { severity }, or false. */
export function severitySetting(fallback: Severity) {
  return z
    .union([z.literal(false), severity.transform((value) => ({ severity: value })), z.strictObject({ severity })])
    .default({ severity: fallback });
}
