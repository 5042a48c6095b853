import { once } from "node:events";
import { afterEach, expect, test } from "vitest";
import { InterruptedError, listenForSignals } from "../../src/lib/supervise/interruption.ts";

let stop = () => {};
afterEach(() => stop());

function listening() {
  const interruption = listenForSignals();
  stop = interruption.stopListening;
  return interruption;
}

/** Sends this process a signal, and waits until it has come. */
async function send(signal: "SIGINT" | "SIGTERM" | "SIGHUP"): Promise<void> {
  const come = once(process, signal);
  process.kill(process.pid, signal);
  await come;
}

test("nobody asked to stop: the work goes on", () => {
  expect(() => listening().throwIfInterrupted()).not.toThrow();
});

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const)("%s ends the work with %i at the next moment when it may end", async (signal, exitCode) => {
  const interruption = listening();
  await send(signal);
  expect(() => interruption.throwIfInterrupted()).toThrow(
    expect.objectContaining({
      name: "InterruptedError",
      exitCode,
      message: `stopped by ${signal}`,
      hint: "the same command continues where it stopped",
    }),
  );
});

test("the first signal is the one that is told", async () => {
  const interruption = listening();
  await send("SIGHUP");
  await send("SIGTERM");
  expect(() => interruption.throwIfInterrupted()).toThrow(new InterruptedError("SIGHUP"));
});

test("listeners hear of each signal and how many there were, until they are taken off", async () => {
  const interruption = listening();
  const [first, second]: [number[], number[]] = [[], []];
  const ignore = interruption.onSignal((count) => first.push(count));
  interruption.onSignal((count) => second.push(count));
  await send("SIGHUP");
  ignore();
  await send("SIGINT");
  expect([first, second]).toEqual([[1], [1, 2]]);
});

test("afterwards signals are what they were before", () => {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const listeners = () => signals.map((signal) => process.listenerCount(signal));
  const before = listeners();
  const interruption = listening();
  expect(listeners()).toEqual(before.map((count) => count + 1));
  interruption.stopListening();
  expect(listeners()).toEqual(before);
});
