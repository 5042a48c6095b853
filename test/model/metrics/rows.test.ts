import { expect, test } from "vitest";
import { checkRows } from "../../../src/lib/model/metrics/rows.ts";

test("a score of no rows, or of more labels than rows, is a defect of the caller", () => {
  expect(() => checkRows(new Uint8Array(), new Uint8Array())).toThrow(new RangeError("no rows to judge"));
  expect(() => checkRows(Uint8Array.of(1), Uint8Array.of(1, 0))).toThrow(new RangeError("1 labels for 2 rows"));
  expect(() => checkRows(Uint8Array.of(1, 0), Float32Array.of(1))).toThrow(new RangeError("2 labels for 1 rows"));
});

test("as many labels as rows are taken", () => {
  expect(() => checkRows(Uint8Array.of(1), Float64Array.of(0.5))).not.toThrow();
});
