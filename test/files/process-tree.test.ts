import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { endedCpuSeconds, startedBy, treeUsage } from "../../src/lib/files/process-tree.ts";

const MB = 2 ** 20;
/** Takes so much memory, starts another one, which takes more and works for a moment, says so and waits. */
const family = `
const held = Buffer.alloc(${50 * MB}, 1);
const child = require("node:child_process").spawn(process.execPath, ["-e", \`
  const held = Buffer.alloc(${100 * MB}, 1);
  while (process.cpuUsage().user < 400_000);
  console.log("ready");
  setInterval(() => held, 1000);
\`], { stdio: ["ignore", "inherit", "inherit"] });
setInterval(() => held, 1000);
process.on("SIGTERM", () => child.kill());
child.on("exit", () => console.log("buried"));
`;

describe.skipIf(process.platform !== "linux")("a process and what it has started", () => {
  test("are taken together; what has ended counts with the one that buried it", { timeout: 20_000 }, async () => {
    const parent = spawn(process.execPath, ["-e", family]);
    try {
      const pid = parent.pid ?? 0;
      parent.stdout.setEncoding("utf8");
      await once(parent.stdout, "data");
      const [child = 0, ...more] = startedBy(pid);
      expect(more).toEqual([]);
      const [both, one] = [treeUsage(pid), treeUsage(child)];
      expect(one?.memory_bytes).toBeGreaterThan(100 * MB);
      expect(both?.memory_bytes).toBeGreaterThan(50 * MB + (one?.memory_bytes ?? 0));
      expect(both?.peak_bytes, "the first one's alone").toBeLessThan(both?.memory_bytes ?? 0);
      expect(one?.cpu_seconds).toBeGreaterThan(0.2);
      expect(endedCpuSeconds(pid)).toBe(0);

      parent.kill("SIGTERM");
      await once(parent.stdout, "data");
      expect(startedBy(pid)).toEqual([]);
      expect(endedCpuSeconds(pid)).toBeGreaterThan(0.2);
      expect(treeUsage(pid)?.cpu_seconds).toBeGreaterThanOrEqual(both?.cpu_seconds ?? Number.NaN);
      expect(treeUsage(pid)?.memory_bytes).toBeLessThan(both?.memory_bytes ?? 0);
    } finally {
      parent.kill("SIGKILL");
    }
  });

  test("of one that is gone, or dead and not buried, nothing is known", async () => {
    const gone = spawn("true");
    await once(gone, "exit");
    expect(treeUsage(gone.pid ?? 0)).toBeUndefined();
    expect(startedBy(gone.pid ?? 0)).toEqual([]);
    const deaf = `require("node:fs").writeSync(1, String(require("node:child_process").spawn("true").pid));
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 30_000);`;
    const parent = spawn(process.execPath, ["-e", deaf]);
    const [pid] = await once(parent.stdout.setEncoding("utf8"), "data");
    while (treeUsage(Number(pid)) !== undefined) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(startedBy(parent.pid ?? 0)).toEqual([Number(pid)]);
    parent.kill("SIGKILL");
  });
});
