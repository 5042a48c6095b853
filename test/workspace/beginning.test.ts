import { expect, test } from "vitest";
import { beginning } from "../../src/lib/workspace/beginning.ts";

const now = new Date("2026-11-24T00:00:03.250Z");

test("a run begins when its process does, or when CHURN_NOW says", () => {
  expect(beginning({}, now)).toEqual(now);
  expect(beginning({ CHURN_NOW: "" }, now)).toEqual(now);
  expect(beginning({ CHURN_NOW: String(Date.parse("2026-11-23T23:59:58Z") / 1000) }, now)).toEqual(
    new Date("2026-11-23T23:59:58Z"),
  );
});

test.each(["yesterday", "2026-11-23", "-1", "1e9", "17954783.5", "1795392002", "1795564804"])(
  "CHURN_NOW=%s is refused: it is no moment within a day",
  (text) => {
    expect(() => beginning({ CHURN_NOW: text }, now)).toThrow(
      expect.objectContaining({
        exitCode: 2,
        message: `CHURN_NOW must be the seconds since 1970 at which a run began, within the last day, but is "${text}"`,
        hint: "date +%s prints them; without the variable a run begins when it is started",
      }),
    );
  },
);
