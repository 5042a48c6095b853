import { expect, test } from "vitest";
import { parseLogLine } from "../../src/lib/logs/line.ts";

const line = {
  level: "info",
  time: "2026-11-23T05:00:00.000Z",
  run: "20261123T050000Z-7f3a",
  night: "2026-11-23",
  stage: "train",
  seconds: 2.3,
  msg: "stage ended",
};

test("a line has what every line has, and the values of its message", () => {
  expect(parseLogLine(JSON.stringify(line))).toEqual(line);
});

test.each([
  ["a line that was cut", JSON.stringify(line).slice(0, -3)],
  ["JSON of somebody else's", '{"message":"hello"}'],
  ["no object", "12"],
  ["a time that is none", JSON.stringify({ ...line, time: "yesterday" })],
])("%s says nothing", (_, text) => {
  expect(parseLogLine(text)).toBeUndefined();
});
