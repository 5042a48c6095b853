import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { withinSeconds } from "../../src/lib/duckdb/time-limit.ts";

/** A database whose queries know how to be interrupted, or don't. */
function stubborn() {
  const calls: string[] = [];
  return { calls, interrupt: () => void calls.push("interrupt"), leaveBehind: () => void calls.push("left") };
}

test("work that is done in time gives what it gives, and fails with what it fails with", async () => {
  const db = stubborn();
  expect(await withinSeconds(db, 60, "work", async (deadline) => deadline > performance.now())).toBe(true);
  await expect(withinSeconds(db, 60, "work", () => Promise.reject(new TypeError("a defect")))).rejects.toThrow(
    new TypeError("a defect"),
  );
  expect(db.calls).toEqual([]);
});

test("a limit of more days than a timer takes lets work be done", async () => {
  const db = stubborn();
  await expect(withinSeconds(db, 90 * 86_400, "work", () => setTimeout(20, "done"))).resolves.toBe("done");
  expect(db.calls).toEqual([]);
});

test("a query that takes too long is interrupted, and the database works on", async () => {
  await using db = await openDatabase();
  const endless = withinSeconds(db, 0.1, "scoring version 3", () =>
    db.run("SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range + b.range = 3"),
  );
  await expect(endless).rejects.toMatchObject({
    exitCode: 4,
    message: "scoring version 3 takes longer than its limit of 0.1 s",
  });
  await db.run("SELECT 1");
});

test("one that doesn't hear is left behind", async () => {
  const db = stubborn();
  await expect(withinSeconds(db, 0.05, "work", () => new Promise(() => {}))).rejects.toThrow("longer than its limit");
  expect(db.calls.slice(0, 2)).toEqual(["interrupt", "interrupt"]);
  expect(db.calls.at(-1)).toBe("left");
});
