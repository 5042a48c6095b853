import { expect, test } from "vitest";
import { ServiceError } from "../../src/lib/errors.ts";
import { startAhead, startInTurn } from "../../src/lib/supervise/start-with-room.ts";

const full = new ServiceError("no room");

test("a process that can't be started before its turn is none, and no failure", async () => {
  expect(await startAhead(async () => "process")).toBe("process");
  expect(await startAhead(() => Promise.reject(full))).toBeUndefined();
});

test("in its turn it is started once those that are leaving have made room", async () => {
  let gone = false;
  const leaving = new Promise<void>((resolve) => setTimeout(resolve, 5)).then(() => {
    gone = true;
  });
  expect(await startInTurn(async () => (gone ? "late" : Promise.reject(full)), [leaving])).toBe("late");
  expect(await startInTurn(async () => "at once", [new Promise(() => {})])).toBe("at once");
});

test("where nobody is leaving, or it doesn't help, the refusal is told", async () => {
  await expect(startInTurn(() => Promise.reject(full), [Promise.resolve()])).rejects.toBe(full);
});
