import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { UsageError } from "../../src/lib/errors.ts";
import { errorCode, isMachineError, knownError, machineError } from "../../src/lib/files/machine-error.ts";

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
