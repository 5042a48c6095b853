import { expect, test, vi } from "vitest";
import { afterSeconds } from "../../src/lib/workspace/timer.ts";

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
