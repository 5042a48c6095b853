import { expect, test } from "vitest";
import { count, limitSetting, severitySetting, share } from "../../../src/lib/quality/gates/setting.ts";

test("a limit is written alone or with its severity, false switches the gate off, and nothing means the default", () => {
  const setting = limitSetting(share, 0.1);
  expect(setting.parse(undefined)).toEqual({ limit: 0.1, severity: "fail" });
  expect(setting.parse(0.2)).toEqual({ limit: 0.2, severity: "fail" });
  expect(setting.parse({ limit: 0.2 })).toEqual({ limit: 0.2, severity: "fail" });
  expect(setting.parse({ limit: 0.2, severity: "warn" })).toEqual({ limit: 0.2, severity: "warn" });
  expect(setting.parse(false)).toBe(false);
  for (const wrong of [
    true,
    "0.2",
    null,
    { severity: "warn" },
    { limit: 0.2, severity: "stop" },
    { limit: 0.2, max: 1 },
  ])
    expect(setting.safeParse(wrong).success, JSON.stringify(wrong)).toBe(false);
});

test("a gate without a limit takes its severity alone or in a map, or false", () => {
  const setting = severitySetting("warn");
  expect(setting.parse(undefined)).toEqual({ severity: "warn" });
  expect(severitySetting("fail").parse(undefined)).toEqual({ severity: "fail" });
  expect(setting.parse("fail")).toEqual({ severity: "fail" });
  expect(setting.parse({ severity: "fail" })).toEqual({ severity: "fail" });
  expect(setting.parse(false)).toBe(false);
  for (const wrong of [true, "stop", null, {}, { severity: "warn", limit: 1 }])
    expect(setting.safeParse(wrong).success, JSON.stringify(wrong)).toBe(false);
});

test("a share goes from 0 to 1, a count is whole and not below 0", () => {
  expect([-0.01, 0, 1, 1.01].map((value) => share.safeParse(value).success)).toEqual([false, true, true, false]);
  expect([-1, 0, 1.5, 1_000_000].map((value) => count.safeParse(value).success)).toEqual([false, true, false, true]);
});
