import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { watchOwnUsage, watchUsage } from "../../src/lib/stage/usage.ts";

const MB = 2 ** 20;
/** Takes memory and time, says so, and waits to be ended. */
const taker = (bytes: number) => `
const held = Buffer.alloc(${bytes}, 1);
while (process.cpuUsage().user < 400_000);
console.log("ready");
setInterval(() => held, 1000);
`;
const linux = describe.skipIf(process.platform !== "linux");

linux("another process", () => {
  test("is known as it was seen last once it was killed", async () => {
    const child = spawn(process.execPath, ["-e", taker(100 * MB)]);
    using usage = watchUsage(child.pid);
    await once(child.stdout, "data");
    await sleep(500);
    child.kill("SIGKILL");
    await once(child, "exit");
    await sleep(500);
    const { peak_memory_bytes = 0, cpu_seconds = 0 } = usage.seen() ?? {};
    expect(peak_memory_bytes).toBeGreaterThan(100 * MB);
    expect(peak_memory_bytes).toBeLessThan(300 * MB);
    expect(cpu_seconds).toBeGreaterThan(0.2);
    expect(cpu_seconds).toBeLessThan(3);
  });

  test("that was never seen is not known", () => {
    using usage = watchUsage(undefined);
    expect(usage.seen()).toBeUndefined();
  });
});

linux("this process", () => {
  test("takes what its processes take beside it, and once they have ended their time", async () => {
    using usage = watchOwnUsage();
    const before = usage.now();
    const child = spawn(process.execPath, ["-e", taker(200 * MB)]);
    await once(child.stdout, "data");
    const meanwhile = usage.now();
    expect(meanwhile.cpu_seconds).toBeGreaterThan(before.cpu_seconds + 0.2);
    await sleep(500);
    child.kill("SIGKILL");
    await once(child, "exit");
    const after = usage.now();
    expect(after.cpu_seconds).toBeGreaterThanOrEqual(meanwhile.cpu_seconds);
    expect(after.peak_memory_bytes).toBeGreaterThan(200 * MB + process.memoryUsage.rss() / 2);
  });
});

test("alone it takes what the system says of it", () => {
  using usage = watchOwnUsage();
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  expect(usage.now().peak_memory_bytes).toBeGreaterThan(10 * MB);
  expect(usage.now().cpu_seconds).toBeGreaterThanOrEqual(Math.floor((userCPUTime + systemCPUTime) / 1e3) / 1e3);
});
