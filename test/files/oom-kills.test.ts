import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test as base, describe, expect } from "vitest";
import { oomClause, oomKills, oomSign } from "../../src/lib/files/oom-kills.ts";

/** A machine's files, by their paths below one folder. */
const test = base.extend<{
  machine: (files: Readonly<Record<string, string>>) => Promise<ReturnType<typeof oomKills>>;
}>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixture's needs from the pattern
  machine: async ({}, use) => {
    const root = await mkdtemp(join(tmpdir(), "churn-oom-"));
    await use(async (files) => {
      for (const [name, text] of Object.entries(files)) {
        await mkdir(dirname(join(root, name)), { recursive: true });
        await writeFile(join(root, name), text);
      }
      return oomKills(join(root, "proc"), join(root, "cgroup"));
    });
    await rm(root, { recursive: true });
  },
});

const vmstat = "pgfault 12\noom_kill 4\nnr_oom_kill 9\n";

describe("the kernel's counts", () => {
  test("are those of the process's own group, of version 2", async ({ machine }) => {
    const found = await machine({
      "proc/self/cgroup": "0::/system.slice/churn.service\n",
      "proc/vmstat": vmstat,
      "cgroup/system.slice/churn.service/memory.events": "low 0\noom 3\noom_kill 2\noom_group_kill 1\n",
      "cgroup/memory.events": "oom_kill 7\n",
    });
    expect(found).toEqual({ group: 2, machine: 4 });
  });

  test("or of version 1, whatever stands in the lines before", async ({ machine }) => {
    const found = await machine({
      "proc/self/cgroup": "9:name=systemd:/a\n5:cpu,memory:/docker/0a:1\n0::/\n",
      "cgroup/memory/docker/0a:1/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 5\n",
    });
    expect(found).toEqual({ group: 5, machine: undefined });
  });

  test("in a container they lie at the top, whatever the group is called outside", async ({ machine }) => {
    const first = {
      "proc/self/cgroup": "4:memory:/docker/0a1b\n0::/\n",
      "cgroup/memory/memory.oom_control": "oom_kill 1\n",
    };
    expect((await machine(first)).group).toBe(1);
  });

  test("there may be none", async ({ machine }) => {
    expect(await machine({})).toEqual({ group: undefined, machine: undefined });
    expect(await machine({ "proc/self/cgroup": "0::/\n", "proc/vmstat": "pgfault 1\n" })).toEqual({
      group: undefined,
      machine: undefined,
    });
  });
});

test("what has grown is the sign, the nearer first; what nobody counts is none", () => {
  const at = (group: number | undefined, machine: number | undefined) => ({ group, machine });
  expect(oomSign(at(1, 4), at(2, 5))).toBe("group");
  expect(oomSign(at(1, 4), at(1, 5))).toBe("machine");
  expect(oomSign(at(undefined, 4), at(undefined, 5))).toBe("machine");
  expect(oomSign(at(1, undefined), at(1, undefined))).toBe("none");
  expect(oomSign(at(1, 4), at(1, 4))).toBe("none");
  expect(oomSign(at(undefined, undefined), at(undefined, undefined))).toBe("unknown");
  // Read once, and not a second time.
  expect(oomSign(at(1, undefined), at(undefined, undefined))).toBe("unknown");
});

test("it is told in half a sentence", () => {
  const at = { group: "its control group's (a container, a unit of systemd's)", machine: "this machine's" } as const;
  for (const sign of ["group", "machine"] as const)
    expect(oomClause(sign)).toBe(`the kernel has ended one of ${at[sign]} processes for want of it`);
  for (const sign of ["none", "unknown"] as const) expect(oomClause(sign)).toBeUndefined();
});
