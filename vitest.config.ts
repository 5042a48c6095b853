import { defineConfig } from "vitest/config";

/** Tests of the built program, whole nights among them; the others run in this process and take seconds. */
const program = ["test/program/**/*.test.ts"];

export default defineConfig({
  test: {
    projects: [
      {
        test: { name: "unit", include: ["test/**/*.test.ts"], exclude: ["test/integration/**", ...program], testTimeout: 60_000 },
      },
      { test: { name: "program", include: program, testTimeout: 120_000 } },
      {
        test: {
          name: "integration",
          include: ["test/integration/**/*.test.ts"],
          globalSetup: ["test/integration/support/two-nights.ts"],
          // One file after the other: they share the Python environments, which the first one makes.
          fileParallelism: false,
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
