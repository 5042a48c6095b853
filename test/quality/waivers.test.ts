import { Command } from "commander";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { promote } from "../../src/commands/promote.ts";
import { rollback } from "../../src/commands/rollback.ts";
import { addFlags, readFlags } from "../../src/lib/cli/flags.ts";
import { configSchema } from "../../src/lib/config/schema.ts";
import type { CheckResult } from "../../src/lib/quality/check.ts";
import {
  isWaivable,
  NO_WAIVERS,
  requireFailed,
  waive,
  waivedFor,
  waivedSentence,
  waiverCheckpoint,
  waiverFlags,
  waivingOf,
} from "../../src/lib/quality/waivers.ts";

const settings = configSchema.parse({
  dataset: { id: "id", target: { column: "churned" } },
  source: { url: "csv:customers.csv" },
  gates: { null_rate: { limit: 0.2, severity: "warn" }, ranges: { "a b": { min: 0 } } },
}).gates;

const [A, B] = ["a".repeat(64), "b".repeat(64)];
const deed = {
  run: "20261123T050000Z-0001",
  by: "maria",
  host: "vm-ml-1",
  at: "2026-11-23T07:00:00.000Z",
  reason: "two branches were closed",
};

function result(gate: string, verdict: "passed" | "failed", severity: "warn" | "fail" = "fail"): CheckResult {
  const check = { gate, severity, verdict, observed: 1, limit: "at least 2", detail: null, waived: null };
  return { verdict: check, shown: "1", hint: undefined };
}
const waived = (results: readonly CheckResult[]) =>
  results.filter(({ verdict }) => verdict.waived !== null).map(({ verdict }) => verdict.gate);

describe("what a person asks for", () => {
  test("is each gate once, with the reason; or nothing", () => {
    expect(waivingOf({ accept: ["row_count", "ranges.a b", "row_count"], reason: "why" }, settings)).toEqual({
      gates: ["row_count", "ranges.a b"],
      reason: "why",
    });
    expect(waivingOf({ accept: [] }, settings)).toBeUndefined();
  });

  test.each(["null_ids", "classes", "null_rate", "ranges", "ranges.b", "toString"])("is never %s", (gate) => {
    expect(() => waivingOf({ accept: ["row_count", gate], reason: "why" }, settings)).toThrow(`--accept ${gate}: `);
  });

  test.each([{ flags: z.strictObject(waiverFlags) }, promote, rollback([])])(
    "has a reason that is what it looks like",
    ({ flags: { shape } }) => {
      const flags = z.strictObject({ reason: shape.reason });
      const read = (reason: string) => {
        const command = new Command("run-all");
        addFlags(command, flags);
        command.parse(["--reason", reason], { from: "user" });
        return readFlags(command, flags).reason;
      };
      expect(read("  zwei Filialen 🏦 zu  ")).toBe("zwei Filialen 🏦 zu");
      for (const reason of ["", "a\nb", "a\u202eb", "a".repeat(501)])
        expect(() => read(reason), JSON.stringify(reason)).toThrow(
          "--reason must be one line of at most 500 letters, none of which is invisible, but is ",
        );
    },
  );
});

describe("what has not failed", () => {
  test("is not waived, and who asks for it hears what can be", () => {
    expect(() =>
      requireFailed({ gates: ["row_count"], reason: "" }, ["row_count", "leakage"], "2026-11-23"),
    ).not.toThrow();
    const ask = (failed: readonly string[]) => () =>
      requireFailed({ gates: ["leakage"], reason: "" }, failed, "2026-11-23");
    expect(ask(["row_count", "null_ids"])).toThrow(
      expect.objectContaining({ exitCode: 2, hint: "what can be waived: row_count" }),
    );
    for (const failed of [[], ["null_ids"]])
      expect(ask(failed)).toThrow(expect.objectContaining({ hint: "churn run-all --date 2026-11-23" }));
  });
});

describe("a waiver", () => {
  const results = [
    result("leakage", "passed"),
    result("new_categories", "failed", "warn"),
    result("row_count", "failed"),
  ];

  test("lets what failed pass for those customers, and is kept as it was given first", () => {
    const first = waive(results, A, NO_WAIVERS, { ...deed, gates: ["row_count", "leakage"] });
    expect(waived(first.results)).toEqual(["row_count"]);
    expect(first.waivers).toEqual({
      stopped: { sha256: A, gates: ["row_count"] },
      waivers: [{ ...deed, gates: ["row_count"], sha256: A }],
    });
    const again = waive(results, A, first.waivers, { ...deed, by: "ivo", gates: ["row_count"] });
    expect(again).toEqual({ ...first, isOfOthers: false });
    expect(waive(results, A, first.waivers, undefined).results).toEqual(first.results);
  });

  test("of customers that were seen stopped says nothing of others", () => {
    const stopped = waive(results, A, NO_WAIVERS, undefined).waivers;
    const other = waive(results, B, stopped, { ...deed, gates: ["row_count"] });
    expect(other).toMatchObject({ isOfOthers: true, waivers: { stopped: { sha256: B }, waivers: [] } });
    expect(waived(other.results)).toEqual([]);
  });

  test("never lets anything pass that nobody has named for these very customers", () => {
    const gates = ["row_count", "leakage", "columns"];
    const judgement = fc.record({
      sha256: fc.constantFrom(A, B),
      failed: fc.subarray(gates),
      accept: fc.subarray(gates),
    });
    fc.assert(
      fc.property(fc.array(judgement, { maxLength: 6 }), (nights) => {
        let known = NO_WAIVERS;
        const named = new Map<string, Set<string>>();
        for (const { sha256, failed, accept } of nights) {
          const judged = gates.map((gate) => result(gate, failed.includes(gate) ? "failed" : "passed"));
          const asked = accept.length === 0 ? undefined : { ...deed, gates: accept };
          const { results: after, waivers } = waive(judged, sha256, known, asked);
          for (const gate of accept) named.set(sha256, (named.get(sha256) ?? new Set()).add(gate));
          for (const gate of waived(after)) {
            expect(failed).toContain(gate);
            expect(named.get(sha256)).toContain(gate);
          }
          const each = waivers.waivers.flatMap((one) => one.gates.map((gate) => `${one.sha256} ${gate}`));
          expect(new Set(each).size, "waived once").toBe(each.length);
          expect(waiverCheckpoint.schema.parse(waivers)).toEqual(waivers);
          for (const gate of waivedFor(known, sha256)) expect(waivedFor(waivers, sha256)).toContain(gate);
          known = waivers;
        }
      }),
    );
  });

  test("is told in a sentence", () => {
    const [, , row] = waive(results, A, NO_WAIVERS, { ...deed, gates: ["row_count"] }).results;
    expect(row && waivedSentence(row.verdict)).toBe("gate row_count waived by maria: two branches were closed");
    expect(waivedSentence(result("row_count", "failed").verdict)).toBeUndefined();
  });

  test("may be of any gate but those without which there is no model", () => {
    expect(["row_count", "ranges.null_ids", "null_ids", "classes"].filter(isWaivable)).toEqual([
      "row_count",
      "ranges.null_ids",
    ]);
  });
});
