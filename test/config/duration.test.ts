import { expect, test } from "vitest";
import { duration, durationOrDays, secondsOf } from "../../src/lib/config/duration.ts";

test.each([
  ["90s", 90],
  ["90m", 5_400],
  ["4h", 14_400],
  ["2d", 172_800],
])("%s is %i seconds", (text, seconds) => {
  expect(duration.parse(text)).toBe(text);
  expect(secondsOf(text)).toBe(seconds);
});

test.each(["36500d", "876000h", "0s"])("%s is taken", (text) => {
  expect(duration.safeParse(text).success).toBe(true);
});

test.each(["36501d", "99999999999999d", `${"9".repeat(400)}s`, "4", "h", "-1h", "1.5h", ""])(
  "%s is refused",
  (text) => {
    expect(duration.safeParse(text).error?.issues[0]?.message).toBe(
      "a number with s, m, h or d, such as 90m, of at most 36500d",
    );
  },
);

test("where people think in days a bare number is one of days", () => {
  expect(durationOrDays.parse(7)).toBe("7d");
  expect(durationOrDays.parse("12h")).toBe("12h");
  for (const wrong of [-1, 1.5, 36_501, "7", true])
    expect(durationOrDays.safeParse(wrong).success, `${wrong}`).toBe(false);
});
