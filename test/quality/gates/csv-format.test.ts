import { expect, test } from "vitest";
import { csvFormat } from "../../../src/lib/quality/gates/csv-format.ts";
import type { Customers } from "../../../src/lib/quality/gates/gate.ts";
import type { CsvReading } from "../../../src/lib/source/csv/format.ts";
import { customers, judge } from "../../support/gates.ts";

const format = { encoding: null, delimiter: null, escape: null, decimals: {}, date_formats: {} };

function readWith(changed: CsvReading["changed"]): Customers {
  const lines = { rows: 1, header: 1, skipped: 0, blank: 0, comments: 0, bad: 0 };
  const csv = { read: format, guessed: format, changed, nulls: {}, left_out: { lines: 0, first: [] }, lines };
  return { ...customers, csv };
}

const setting = { csv_format: { severity: "fail" as const } };

test("what isn't CSV has no format", () => {
  expect(csvFormat.checks(setting, customers)).toEqual([]);
  expect(csvFormat.checks({ csv_format: false }, readWith([]))).toEqual([]);
});

test("the first night has none to compare with", () => {
  const checks = csvFormat.checks(setting, readWith([{ what: "delimiter", before: ";", now: "," }]));
  expect(judge(checks, {})).toMatchObject({ verdict: "not_applicable", limit: "as before" });
});

test("the same format holds, another one fails and shows both", () => {
  expect(judge(csvFormat.checks(setting, readWith([])), {}, {})).toMatchObject({ verdict: "passed", observed: 0 });
  const changed = [
    { what: "delimiter", before: ";", now: "\t" },
    { what: "encoding", before: "utf-8", now: "windows-1252" },
    { what: "date_format of since", before: "%d/%m/%Y", now: "%m/%d/%Y" },
    { what: "decimal of price", before: ",", now: "." },
  ];
  expect(judge(csvFormat.checks(setting, readWith(changed)), {}, {})).toMatchObject({
    severity: "fail",
    verdict: "failed",
    observed: 4,
    detail:
      'delimiter was ";", is "\\t", encoding was utf-8, is windows-1252, date_format of since was %d/%m/%Y, is %m/%d/%Y and 1 more',
    shown: "4",
  });
});

test("it says how a change on purpose is told", () => {
  const [check] = csvFormat.checks(setting, readWith([]));
  expect(check?.hint?.("2026-11-23")).toBe(
    "a format that changed on purpose: say it in source.csv, or churn run-all --date 2026-11-23 --set gates.csv_format=warn",
  );
});
