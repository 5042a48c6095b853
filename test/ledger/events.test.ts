import { describe, expect, test } from "vitest";
import * as z from "zod";
import { LINE_START, ledgerFormat, lineOf, readLine } from "../../src/lib/ledger/events.ts";
import { VERSIONS } from "../../src/lib/workspace/versions.ts";
import { events } from "../support/ledger-events.ts";

describe.each(Object.entries(events))("%s", (_, event) => {
  test("is read from its line as it was", () => {
    const line = lineOf(event);
    expect(line).not.toContain("\n");
    expect(line.startsWith(LINE_START)).toBe(true);
    expect(readLine(line)).toEqual({ kind: "event", event });
  });

  test("says its version and its churn, as the published schema has it", () => {
    const value = JSON.parse(lineOf(event));
    expect(value).toMatchObject({ schema_version: 1, churn_version: VERSIONS.churn });
    const published = z.fromJSONSchema(z.toJSONSchema(ledgerFormat.written(1)));
    expect(published.safeParse(value).error).toBeUndefined();
    expect(published.safeParse({ ...value, more: 1 }).success).toBe(false);
  });
});

describe("a line", () => {
  test("of a newer form names its churn, and is no damage", () => {
    expect(readLine('{"schema_version":2,"churn_version":"9.1.0","event":"foreseen"}')).toEqual({
      kind: "newer",
      churn: "9.1.0",
    });
  });

  test.each([
    ["that was cut", lineOf(events.promoted).slice(0, -7), "it is no whole JSON"],
    ["of another program's", '{"level":"info"}', /^it says no version$/],
    ["of an event that isn't known", lineOf(events.sent).replace('"sent"', '"set"'), /^event: /],
    ["without one of its fields", lineOf(events.rejected).replace('"version":4,', ""), /^version: /],
    ["with a field too many", lineOf(events.held).replace("{", '{"more":1,'), /more/],
    ["of zeros, as a power cut leaves them", "\0\0\0\0", "it is no whole JSON"],
  ])("%s is damaged", (_, line, problem) => {
    expect(readLine(line)).toEqual({ kind: "damaged", problem: expect.stringMatching(problem) });
  });
});
