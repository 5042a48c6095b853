import { hostname } from "node:os";
import * as z from "zod";
import { customers, extracted, validation } from "../lib/artifacts/artifacts.ts";
import { recordPart, upgrade } from "../lib/artifacts/format.ts";
import { counted, percent } from "../lib/cli/numbers.ts";
import { gateLines } from "../lib/cli/output/gates.ts";
import { shellWord } from "../lib/cli/shell.ts";
import { databaseAhead, openDatabase } from "../lib/duckdb/open.ts";
import { QualityGateError } from "../lib/errors.ts";
import { customerColumns, featureCandidates } from "../lib/prepare/columns.ts";
import { judgeChecks, stops } from "../lib/quality/check.ts";
import { newColumns } from "../lib/quality/gates/columns.ts";
import { gates } from "../lib/quality/gates/gates.ts";
import { someOf } from "../lib/quality/gates/some-of.ts";
import { measureCustomers } from "../lib/quality/measure.ts";
import { gateCheck, gateCheck1, gatesAsOf1, validationReport } from "../lib/quality/report.ts";
import {
  isWaivable,
  NO_WAIVERS,
  waive,
  waivedFor,
  waivedSentence,
  waiverCheckpoint,
  waiverFlags,
  waivingOf,
} from "../lib/quality/waivers.ts";
import { defineStage } from "../lib/stage/define.ts";

const result = z.strictObject({
  ...validationReport.pick({
    row_count: true,
    null_rate: true,
    null_rate_by_column: true,
    target_distribution: true,
    target_rate: true,
    duplicate_rate: true,
  }).shape,
  gates: z.array(gateCheck),
});

/** So many digits of a digest tell files apart for people. */
const DIGEST_SHOWN = 12;

/** Before a gate that failed could be waived. */
const result1 = result.extend({ gates: z.array(gateCheck1) });

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
  flags: z.strictObject(waiverFlags),
  result: recordPart(result.shape, {
    1: upgrade(result1, result, ({ gates, ...old }) => ({ ...old, gates: gatesAsOf1(gates) })),
  }),
  checkpoint: waiverCheckpoint,

  warmUp: databaseAhead,

  async run({ inputs, outputs, previous, config, date, flags, runId, person, checkpoint, warn }) {
    const { path, key, sha256 } = inputs.customers;
    const { dataset, features } = config;
    const waiving = waivingOf(flags, config.gates);
    await using db = await openDatabase();
    const { columns: decided, csv } = inputs.extracted.read();
    const columns = customerColumns(decided, dataset);
    const customers = { path, dataset, features, columns, candidates: featureCandidates(columns, features), csv };
    const asked = gates.flatMap((gate) => gate.checks(config.gates, customers));
    const measurements = await measureCustomers(db, customers, asked);
    const earlier = await previous?.validation.read();

    const known = checkpoint.last?.value ?? NO_WAIVERS;
    const deed = { run: runId, by: person, host: hostname(), at: new Date().toISOString() };
    const { results, waivers, isOfOthers } = waive(
      judgeChecks(asked, measurements, earlier),
      sha256,
      known,
      waiving && { ...deed, ...waiving, gates: [...waiving.gates] },
    );
    const verdicts = results.map(({ verdict }) => verdict);
    const failed = results.filter(({ verdict }) => stops(verdict));
    // What a person answers for is written down before anything is built on it.
    if (failed.length > 0 || waivers.waivers.length > 0) await checkpoint.save(waivers);
    await outputs.validation.write({ ...measurements.figures, gates: verdicts });

    if (isOfOthers) {
      const [stopped, now] = [known.stopped?.sha256 ?? "", sha256].map((digest) => digest.slice(0, DIGEST_SHOWN));
      warn(
        `the source has other customers by now (sha256 ${now}…, ${stopped}… was stopped): nothing is waived for them`,
      );
    } else if (waiving !== undefined) {
      // Nobody has seen them fail, so there is nothing in the night's way, and nothing that anybody answers for.
      const broken = results.filter(({ verdict }) => stops({ ...verdict, waived: null }));
      const failing = [...waivedFor(known, sha256), ...broken.map(({ verdict }) => verdict.gate)];
      const held = waiving.gates.filter((name) => !failing.includes(name));
      for (const name of held) warn(`--accept ${name}: this gate holds, so nothing was waived`);
    }
    if (failed.length > 0) {
      const names = failed.map(({ verdict }) => verdict.gate);
      throw new QualityGateError(
        `${failed.length} of ${counted(results.length, "quality gate")} failed on ${key}`,
        [
          "look at the source, then read it again:",
          `churn run-all --date ${date}`,
          ...(names.every(isWaivable)
            ? [
                "or let this very file pass:",
                `churn run-all --date ${date} ${names.map((name) => `--accept ${shellWord(name)}`).join(" ")} --reason "…"`,
              ]
            : []),
          ...failed.flatMap(({ hint }) => hint?.(date) ?? []),
        ],
        { details: gateLines(results), foreign: [] },
      );
    }
    for (const result of results) {
      const { gate, observed, limit, detail, verdict } = result.verdict;
      if (verdict !== "failed") continue;
      const sentence =
        waivedSentence(result.verdict) ?? `gate ${gateLines([result]).join("").replaceAll(/ {2,}/g, " ")}`;
      warn(sentence, { gate, observed, limit, detail });
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
    const waived = verdicts.filter((verdict) => verdict.waived !== null).length;
    const warned = verdicts.filter(({ verdict }) => verdict === "failed").length - waived;
    const parts = [
      `${held} ${held === 1 ? "gate holds" : "gates hold"}`,
      ...(waived === 0 ? [] : [`${waived} waived`]),
      ...(warned === 0 ? [] : [`${warned} ${warned === 1 ? "warns" : "warn"}`]),
      `${percent(null_rate)} nulls`,
      ...(target_rate === null ? [] : [`${percent(target_rate)} churned`]),
    ];
    return parts.join(", ");
  },
});
