import { expect, test } from "vitest";
import { findingOfReach } from "../../src/lib/doctor/channel-check.ts";

test("what is to be done stands behind a sentence's last semicolon, and the exit code says whether it may pass", () => {
  expect(findingOfReach({ kind: "open", detail: "it answers; more only a message shows" })).toEqual({
    state: "ok",
    text: "it answers; more only a message shows",
  });
  expect(findingOfReach({ kind: "closed", reason: "no ('a; b'): why; look here", mayPass: false })).toEqual({
    state: "problem",
    text: "no ('a; b'): why",
    exitCode: 2,
    next: ["look here"],
  });
  expect(findingOfReach({ kind: "closed", reason: "it doesn't answer", mayPass: true })).toEqual({
    state: "problem",
    text: "it doesn't answer",
    exitCode: 5,
  });
});
