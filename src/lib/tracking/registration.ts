import * as z from "zod";
import { outcome } from "../compare/report.ts";

/** models/NIGHT/registration.json: what became of the new model. */
export const registrationReport = z.strictObject({
  schema_version: z.literal(1),
  registered: z.boolean(),
  name: z.string(),
  version: z.int().positive().nullable().describe("the version that holds this model, whether or not tonight made it"),
  stage: z.string().nullable(),
  outcome,
  reason: z.string(),
  archived: z.array(z.int().positive()).describe("older candidates that made way"),
});
export type RegistrationReport = z.infer<typeof registrationReport>;
