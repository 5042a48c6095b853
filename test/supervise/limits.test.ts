import { expect, test, vi } from "vitest";
import { afterSeconds, stageLimitSeconds } from "../../src/lib/supervise/limits.ts";

test("a stage may take its own limit, and never more than the run has left", () => {
  const config = { timeout: "1h", stages: { train: "10m" } };
  const after = (minutes: number, stage: string) => stageLimitSeconds(config, stage, minutes * 60);
  expect(after(0, "train")).toBe(600);
  expect(after(0, "extract")).toBe(3_600);
  expect(after(55, "train")).toBe(300);
  expect(after(61, "train")).toBe(0);
});

test("a time of more days than a timer takes is waited for, unless it is called off", () => {
  vi.useFakeTimers();
  try {
    const days = 86_400;
    const over = vi.fn<() => void>();
    afterSeconds(60 * days, over);
    vi.advanceTimersByTime(60 * days * 1000 - 1);
    expect(over).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(over).toHaveBeenCalledTimes(1);

    const callOff = afterSeconds(60 * days, over);
    vi.advanceTimersByTime(30 * days * 1000);
    callOff();
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});
