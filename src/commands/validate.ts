import * as z from "zod";
import { customers, validation } from "../lib/artifacts/artifacts.ts";
import { recordPart } from "../lib/artifacts/format.ts";
import { percent } from "../lib/cli/numbers.ts";
import { gateLines } from "../lib/cli/output/gates.ts";
import { databaseAhead, openDatabase } from "../lib/duckdb/open.ts";
import { QualityGateError } from "../lib/errors.ts";
import { readCustomerColumns } from "../lib/prepare/columns.ts";
import { checkGates } from "../lib/quality/gates.ts";
import { measureQuality } from "../lib/quality/measure.ts";
import { gateCheck, validationReport } from "../lib/quality/report.ts";
import { defineStage } from "../lib/stage/define.ts";

/**
 * Measures today's customers and holds them to the gates of churn.yaml.
 *
 * The report is written whether or not the gates hold, so that whoever is woken can read why.
 */
export const validate = defineStage({
  name: "validate",
  summary: "quality gates",
  needs: { customers },
  produces: { validation },
  previous: { validation },
  reads: ["dataset", "gates"],
  flags: z.strictObject({}),
  result: recordPart({
    ...validationReport.pick({
      row_count: true,
      null_rate: true,
      null_rate_by_column: true,
      target_distribution: true,
      target_rate: true,
      duplicate_rate: true,
    }).shape,
    gates: z.array(gateCheck),
  }),

  warmUp: databaseAhead,

  async run({ inputs, outputs, previous, config, date, warn }) {
    const { dataset, gates } = config;
    await using db = await openDatabase();
    const columns = await readCustomerColumns(db, inputs.customers.path, dataset);
    const quality = await measureQuality(db, inputs.customers.path, { columns, dataset, ranges: gates.ranges });
    const checks = checkGates(quality, await previous?.validation.read(), gates);

    const { nullIds, classes, positives, ranges, ...figures } = quality;
    await outputs.validation.write({ ...figures, gates: checks });

    const broken = checks.filter(({ verdict }) => verdict === "failed");
    const failed = broken.filter(({ severity }) => severity === "fail");
    if (failed.length > 0) {
      throw new QualityGateError(
        `${failed.length} of ${checks.length} quality gates failed on ${inputs.customers.key}`,
        [
          `look at the source; churn run-all --date ${date} reads it again`,
          ...(failed.some(({ gate }) => gate === "columns")
            ? [`columns that changed on purpose: churn run-all --date ${date} --set gates.columns=warn`]
            : []),
        ].join("\n"),
        { details: gateLines(checks) },
      );
    }
    for (const check of broken) {
      const { gate, observed, limit, detail } = check;
      warn(`gate ${gateLines([check]).join("").replaceAll(/ {2,}/g, " ")}`, { gate, observed, limit, detail });
    }
    const { columns: _, categories, ...result } = figures;
    return { ...result, gates: checks };
  },

  describe: ({ gates, null_rate, target_rate }) => {
    const held = gates.filter(({ verdict }) => verdict === "passed").length;
    const warned = gates.filter(({ verdict }) => verdict === "failed").length;
    const parts = [
      `${held} ${held === 1 ? "gate holds" : "gates hold"}`,
      ...(warned === 0 ? [] : [`${warned} ${warned === 1 ? "warns" : "warn"}`]),
      `${percent(null_rate)} nulls`,
      ...(target_rate === null ? [] : [`${percent(target_rate)} churned`]),
    ];
    return parts.join(", ");
  },
});
