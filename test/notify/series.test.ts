import { expect, test } from "vitest";
import { failedAgain, failureDigest, isNews, isOfSeries, seriesOf } from "../../src/lib/notify/series.ts";

test("failures of two nights are the same for the same reason at the same stage, whatever figures are in it", () => {
  const first = failureDigest("extract", 75, "the snapshot of 2026-11-22 is missing");
  expect(failureDigest("extract", 75, "the snapshot of 2026-11-23 is missing")).toBe(first);
  expect(failureDigest("validate", 75, "the snapshot of 2026-11-22 is missing")).not.toBe(first);
  expect(failureDigest("extract", 5, "the snapshot of 2026-11-22 is missing")).not.toBe(first);
  expect(failureDigest("extract", 75, "the table is missing")).not.toBe(first);
});

test("a failure is news when it is new, another one, or has gone on for so many nights", () => {
  expect(isNews(null, "2026-11-20", "a", 7)).toBe(true);
  const series = failedAgain(null, "2026-11-20", "a", true);
  expect(series).toEqual({ since: "2026-11-20", nights: ["2026-11-20"], failure: "a", told_at: 1 });
  expect(isNews(series, "2026-11-20", "a", 1)).toBe(false);
  expect(isNews(series, "2026-11-21", "a", 2)).toBe(false);
  expect(isNews(series, "2026-11-21", "a", 1)).toBe(true);
  expect(isNews(series, "2026-11-21", "b", 7)).toBe(true);
});

test("the series counts nights and not runs, and tells its first night alone as none", () => {
  const one = failedAgain(null, "2026-11-20", "a", true);
  expect(failedAgain(one, "2026-11-20", "a", false)).toEqual(one);
  const two = failedAgain(one, "2026-11-21", "b", true);
  expect(two).toEqual({ since: "2026-11-20", nights: ["2026-11-20", "2026-11-21"], failure: "b", told_at: 2 });
  expect([seriesOf(null, "2026-11-20"), seriesOf(one, "2026-11-20"), seriesOf(one, "2026-11-21")]).toEqual([
    ...[null, null, { since: "2026-11-20", nights: 2 }],
  ]);
  expect(seriesOf(one)).toEqual({ since: "2026-11-20", nights: 1 });
});

test("a night ends the series that it comes after, and any night one that is dated after today", () => {
  const [at, series] = ["2026-11-23T05:00:00.000Z", failedAgain(null, "2026-11-21", "a", true)];
  expect(isOfSeries(null, "2026-11-23", at)).toBe(false);
  expect(isOfSeries(series, "2026-11-21.2", at)).toBe(true);
  expect(isOfSeries(series, "2026-11-20", at)).toBe(false);
  const ahead = failedAgain(null, "2027-06-16", "a", true);
  expect(isOfSeries(ahead, "2026-11-23", at)).toBe(true);
  expect(isOfSeries(ahead, "2026-11-01", at)).toBe(false);
});
