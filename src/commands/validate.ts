import * as z from "zod";
import { customers, extracted, validation } from "../lib/artifacts/artifacts.ts";
import { recordPart } from "../lib/artifacts/format.ts";
import { counted, percent } from "../lib/cli/numbers.ts";
import { gateLines } from "../lib/cli/output/gates.ts";
import { databaseAhead, openDatabase } from "../lib/duckdb/open.ts";
import { QualityGateError } from "../lib/errors.ts";
import { customerColumns, featureCandidates } from "../lib/prepare/columns.ts";
import { judgeChecks } from "../lib/quality/check.ts";
import { newColumns } from "../lib/quality/gates/columns.ts";
import { gates } from "../lib/quality/gates/gates.ts";
import { someOf } from "../lib/quality/gates/some-of.ts";
import { measureCustomers } from "../lib/quality/measure.ts";
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
  needs: { customers, extracted },
  produces: { validation },
  previous: { validation },
  reads: ["dataset", "gates", "features"],
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
    const { path, key } = inputs.customers;
    const { dataset, features } = config;
    await using db = await openDatabase();
    const { columns: decided, csv } = inputs.extracted.read();
    const columns = customerColumns(decided, dataset);
    const customers = { path, dataset, features, columns, candidates: featureCandidates(columns, features), csv };
    const asked = gates.flatMap((gate) => gate.checks(config.gates, customers));
    const measurements = await measureCustomers(db, customers, asked);
    const earlier = await previous?.validation.read();
    const results = judgeChecks(asked, measurements, earlier);
    const verdicts = results.map(({ verdict }) => verdict);
    await outputs.validation.write({ ...measurements.figures, gates: verdicts });

    const broken = results.filter(({ verdict }) => verdict.verdict === "failed");
    const failed = broken.filter(({ verdict }) => verdict.severity === "fail");
    if (failed.length > 0) {
      throw new QualityGateError(
        `${failed.length} of ${counted(results.length, "quality gate")} failed on ${key}`,
        [
          "look at the source, then read it again:",
          `churn run-all --date ${date}`,
          ...failed.flatMap(({ hint }) => hint?.(date) ?? []),
        ],
        { details: gateLines(results), foreign: [] },
      );
    }
    for (const result of broken) {
      const { gate, observed, limit, detail } = result.verdict;
      warn(`gate ${gateLines([result]).join("").replaceAll(/ {2,}/g, " ")}`, { gate, observed, limit, detail });
    }
    if (features !== "all" && earlier !== undefined) {
      const chosen = new Set(customers.candidates.map(({ name }) => name));
      const unnamed = newColumns(columns, earlier.columns).filter((name) => !chosen.has(name));
      if (unnamed.length > 0) warn(`new in the source, and not in features: ${someOf(unnamed)}`, { columns: unnamed });
    }
    const { columns: _, categories, ...figures } = measurements.figures;
    return { ...figures, gates: verdicts };
  },

  describe: ({ gates: verdicts, null_rate, target_rate }) => {
    const held = verdicts.filter(({ verdict }) => verdict === "passed").length;
    const warned = verdicts.filter(({ verdict }) => verdict === "failed").length;
    const parts = [
      `${held} ${held === 1 ? "gate holds" : "gates hold"}`,
      ...(warned === 0 ? [] : [`${warned} ${warned === 1 ? "warns" : "warn"}`]),
      `${percent(null_rate)} nulls`,
      ...(target_rate === null ? [] : [`${percent(target_rate)} churned`]),
    ];
    return parts.join(", ");
  },
});
