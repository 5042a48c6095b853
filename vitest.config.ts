import { existsSync, statfsSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { defineConfig } from "vitest/config";

/** Tests of the built program, whole nights among them; the others run in this process and take seconds. */
const program = ["test/program/**/*.test.ts"];
/** Tests that hold how soon a process is gone: beside another test's processes that would be anyone's guess. */
const timed = ["test/program/supervisor-death.test.ts"];
/** The like among the integration tests: what holds seconds or leases, kills at moments, looks at all processes, or wants gigabytes. */
const integrationAlone = [
  "test/integration/*-kills.test.ts",
  ...[
    ...["email", "engine-memory", "mysql-errors", "out-of-memory", "postgres-errors", "postgres-nights", "s3-machines"],
    "schedule-cron",
  ].map((name) => `test/integration/${name}.test.ts`),
];
/** Tests that put something in the place of a module of Node's, which no other test may have loaded. */
const mocking = ["test/tracking/folder/folder.test.ts"];

/** Memory as a folder, where a machine has one with room: every file that is written is synced, and disks take their time. */
function memoryFolder(): string | undefined {
  const folder = "/dev/shm";
  if (!existsSync(folder)) return undefined;
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize > 2 ** 30 ? folder : undefined;
}

/** What all integration tests share; the first that needs a Python environment makes it, which takes minutes. */
const integration = {
  globalSetup: ["test/integration/support/two-nights.ts"],
  testTimeout: 600_000,
  hookTimeout: 600_000,
};

export default defineConfig({
  test: {
    // A test that asserts nothing holds nothing.
    expect: { requireAssertions: true },
    // Two files at a time also on two cores, where vitest would take one: much of their time is the disk's.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/integration/**", ...program, ...mocking],
          // To load the sources anew for each file takes longer than most files' tests.
          isolate: false,
          env: { TMPDIR: memoryFolder() ?? tmpdir() },
          testTimeout: 60_000,
          // Some wait for time limits and servers that don't answer.
          maxWorkers: Math.max(3, availableParallelism() - 1),
        },
      },
      {
        test: {
          name: "unit-alone",
          include: mocking,
          env: { TMPDIR: memoryFolder() ?? tmpdir() },
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: "program",
          include: program,
          exclude: timed,
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
        },
      },
      {
        test: {
          name: "program-alone",
          include: timed,
          sequence: { groupOrder: 2 },
          testTimeout: 120_000,
        },
      },
      {
        test: {
          ...integration,
          name: "integration",
          include: ["test/integration/**/*.test.ts"],
          exclude: integrationAlone,
          // No more on a machine with more cores: each file has servers of its own.
          maxWorkers: 2,
          sequence: { groupOrder: 3 },
        },
      },
      {
        test: {
          ...integration,
          name: "integration-alone",
          include: integrationAlone,
          fileParallelism: false,
          sequence: { groupOrder: 4 },
        },
      },
    ],
  },
});
