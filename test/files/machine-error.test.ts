import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { UsageError } from "../../src/lib/errors.ts";
import {
  errorCode,
  isMachineError,
  knownError,
  MEMORY_HINT,
  machineError,
  saysOutOfMemory,
} from "../../src/lib/files/machine-error.ts";

/** As Node makes them. */
function systemError(code: string, path?: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: refused`), {
    code,
    syscall: "write",
    ...(path === undefined ? {} : { path }),
  });
}

test("what the machine refuses is a sentence with its subject, what to do about it, and its cause", () => {
  const cause = systemError("ENOSPC", "/srv/churn/models/a");
  expect(machineError(cause, "models/a")).toMatchObject({
    exitCode: 5,
    message: "models/a: the disk is full",
    hint: "free some space, then run it again",
    cause,
  });
});

test("any other error comes back as it is", () => {
  const others = [
    new UsageError("x"),
    new Error("ENOSPC"),
    systemError("ENOENT"),
    systemError("EWHATEVER"),
    "text",
    undefined,
  ];
  for (const error of others) {
    expect(isMachineError(error)).toBe(false);
    expect(machineError(error, "models/a")).toBe(error);
  }
});

test("at the border an error is churn's own, or the machine's, or a defect", () => {
  const usage = new UsageError("x");
  expect(knownError(usage)).toBe(usage);
  expect(knownError(systemError("EACCES", "/srv/churn/.env"))).toMatchObject({
    exitCode: 5,
    message: "/srv/churn/.env: permission denied",
    hint: expect.stringMatching(/^does it belong to another user/),
  });
  expect(knownError(systemError("EMFILE"))).toMatchObject({
    message: "the system call write: too many files are open",
    hint: "look at ulimit -n",
  });
  for (const defect of [new Error("x"), new TypeError("x"), systemError("ENOENT"), undefined]) {
    expect(knownError(defect)).toBeUndefined();
  }
});

test("the code of an error is that of the operating system, if it has one", () => {
  expect(errorCode(systemError("EEXIST"))).toBe("EEXIST");
  expect(errorCode(new Error("EEXIST"))).toBeUndefined();
  expect(errorCode(Object.assign(new Error("x"), { code: 7 }))).toBeUndefined();
  expect(errorCode({ code: "EEXIST" })).toBeUndefined();
});

test("a folder that is read as a file is one of the machine's refusals", () => {
  let error: unknown;
  try {
    readFileSync("/");
  } catch (thrown) {
    error = thrown;
  }
  expect(machineError(error, "churn.yaml")).toMatchObject({
    message: "churn.yaml: a folder stands where a file belongs",
  });
});

test.skipIf(process.platform !== "linux")("a quota that is used up has no name in Node, and has one here", () => {
  for (const code of ["UNKNOWN", "Unknown system error -122"]) {
    const error = Object.assign(systemError(code, "/srv/churn/models/a"), { errno: -122 });
    expect(errorCode(error)).toBe("EDQUOT");
    expect(knownError(error)).toMatchObject({
      exitCode: 5,
      message: "/srv/churn/models/a: the disk quota is used up",
      hint: "free some space, then run it again",
    });
  }
  expect(errorCode(Object.assign(systemError("UNKNOWN"), { errno: -4242 }))).toBe("UNKNOWN");
  expect(errorCode(systemError("UNKNOWN"))).toBe("UNKNOWN");
});

test("a refusal that has no name anywhere is the machine's, by its number", () => {
  const error = Object.assign(systemError("Unknown system error -117", "/srv/churn/models/a"), { errno: -117 });
  expect(knownError(error)).toMatchObject({
    exitCode: 5,
    message: "/srv/churn/models/a: the operating system refuses it with error 117",
  });
});

test("a file system that can't sync says EINVAL; any other call that gets it is a defect", () => {
  const refused = Object.assign(systemError("EINVAL", "/mnt/a"), { syscall: "fsync" });
  expect(knownError(refused)).toMatchObject({ exitCode: 5, message: "/mnt/a: the file system can't do that" });
  expect(knownError(systemError("EINVAL"))).toBeUndefined();
});

test("a code that every object of JavaScript has is no refusal", () => {
  expect(isMachineError(systemError("constructor"))).toBe(false);
});

test.each([
  "libduckdb.so: failed to map segment from shared object",
  "libduckdb.so: cannot allocate memory in static TLS block",
  "WebAssembly.Memory(): could not allocate memory",
  "# Fatal process OOM in Failed to reserve virtual memory for CodeRange",
  "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
  "terminate called after throwing an instance of 'std::bad_alloc'",
  "Array buffer allocation failed",
])("%s is about memory", (text) => {
  expect(saysOutOfMemory(text)).toBe(true);
});

test("what JavaScript gets no memory for is the machine's, any other range a defect", () => {
  expect(saysOutOfMemory("invalid ELF header")).toBe(false);
  expect(knownError(new RangeError("Array buffer allocation failed"))).toMatchObject({
    exitCode: 5,
    message: "memory ran out: Array buffer allocation failed",
    hint: MEMORY_HINT,
  });
  expect(knownError(new RangeError("Invalid time value"))).toBeUndefined();
});
