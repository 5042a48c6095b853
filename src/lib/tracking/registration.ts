import * as z from "zod";
import { defineFormat, upgrade } from "../artifacts/format.ts";
import { outcome } from "../compare/report.ts";

/** models/NIGHT/registration.json: what became of the new model. */
const registrationReport = z.strictObject({
  registered: z.boolean(),
  name: z.string(),
  version: z.int().positive().nullable().describe("the version that holds this model, whether or not tonight made it"),
  stage: z.string().nullable(),
  outcome,
  reason: z.string(),
  archived: z.array(z.int().positive()).describe("older candidates that made way"),
});
export type RegistrationReport = z.infer<typeof registrationReport>;

export const registrationFormat = defineFormat({
  version: 2,
  schema: registrationReport,
  upgrades: { 1: upgrade(registrationReport, registrationReport, (old) => old) },
});
