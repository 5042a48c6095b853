import { expect, test } from "vitest";
import { type SilentEnd, silentEnd } from "../../src/lib/supervise/silent-end.ts";

const killed = { exitCode: undefined, signal: "SIGKILL", output: "" };
const usage = { peak_memory_bytes: 23.1 * 2 ** 30, cpu_seconds: 12 };
const said = (how: Partial<SilentEnd>, name = "train") => {
  const {
    message,
    hint,
    exitCode,
    name: kind,
  } = silentEnd(name, {
    end: killed,
    limitSeconds: undefined,
    usage,
    oom: "unknown",
    ...how,
  });
  return { message, hint, exitCode, kind };
};
const ours = { exitCode: 5, kind: "ServiceError" };

test("a stage that the kernel ended for want of memory is told so, with what it took and what helps", () => {
  const hint = "fewer columns (dataset.exclude, features), or more memory for the machine or the container";
  expect(said({ oom: "group" })).toEqual({
    ...ours,
    message:
      "train was killed, probably out of memory at 23.1 GiB: the kernel has ended one of its control group's (a container, a unit of systemd's) processes for want of it",
    hint,
  });
  expect(said({ oom: "machine", usage: { ...usage, peak_memory_bytes: 312 * 2 ** 20 } })).toEqual({
    ...ours,
    message:
      "train was killed, probably out of memory at 312 MiB: the kernel has ended one of this machine's processes for want of it",
    hint,
  });
  expect(said({ oom: "machine" }, "extract").hint).toBe(`a smaller source.memory, ${hint}`);
});

test("one that somebody killed, or of which nobody can tell, is told so as well", () => {
  expect(said({ oom: "none" })).toEqual({
    ...ours,
    message:
      "train was killed (SIGKILL) at 23.1 GiB, and the kernel counts no process that it ended for want of memory",
    hint: "did a person end it, or a program that watches over memory (systemd-oomd, earlyoom)?",
  });
  expect(said({ usage: undefined })).toEqual({
    ...ours,
    message: "train was killed (SIGKILL); whether memory ran out can't be seen here",
    hint: "the kernel's log says so: dmesg, as root",
  });
});

test("behind a shell the signal is 128 and its number", () => {
  const end = { exitCode: 137, signal: undefined, output: "" };
  expect(said({ end, oom: "group" }).message).toMatch(/^train was killed, probably out of memory/);
  expect(said({ end: { ...end, exitCode: 134 } }).message).toBe("train was ended by SIGABRT");
  expect(said({ end: { ...end, exitCode: 128 } })).toMatchObject({ exitCode: 1 });
});

test("one that ended itself for want of memory is told so", () => {
  const end = { exitCode: undefined, signal: "SIGABRT", output: "FATAL ERROR: JavaScript heap out of memory" };
  expect(said({ end })).toEqual({
    ...ours,
    message: "train ran out of memory (SIGABRT)",
    hint: "free some memory, or look at ulimit -v and the container's limit\nfewer columns (dataset.exclude, features), or more memory for the machine or the container",
  });
});

test("a limit goes before all signals: it is its supervisor that ended it", () => {
  expect(said({ limitSeconds: 7200, oom: "group" })).toEqual({
    ...ours,
    message: "train was stopped: it took longer than its limit of 7200 s",
    hint: "raise run.timeout or run.stages in churn.yaml",
  });
});
