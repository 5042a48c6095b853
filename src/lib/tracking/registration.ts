import * as z from "zod";
import { defineFormat, upgrade } from "../artifacts/format.ts";
import { outcome, outcomeOf1, outcomeOf3 } from "../compare/report.ts";

const reportOf1 = z.strictObject({
  registered: z.boolean(),
  name: z.string(),
  version: z.int().positive().nullable().describe("the version that holds this model, whether or not tonight made it"),
  stage: z.string().nullable(),
  outcome: outcomeOf1,
  reason: z.string(),
  archived: z.array(z.int().positive()).describe("older candidates that made way"),
});

const reportOf3 = reportOf1.extend({ outcome: outcomeOf3 });

/** models/NIGHT/registration.json: what became of the new model. */
const registrationReport = reportOf1.extend({ outcome });
export type RegistrationReport = z.infer<typeof registrationReport>;

export const registrationFormat = defineFormat({
  version: 4,
  schema: registrationReport,
  upgrades: {
    1: upgrade(reportOf1, reportOf1, (old) => old),
    2: upgrade(reportOf1, reportOf3, (old) => old),
    3: upgrade(reportOf3, registrationReport, (old) => old),
  },
});
