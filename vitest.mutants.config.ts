import { defineConfig } from "vitest/config";

/** What `make mutants` runs: the tests of the code that it breaks, and no whole program. */
export default defineConfig({
  test: {
    include: [
      "test/{compare,quality,stage,model}/**/*.test.ts",
      "test/commands/{validate,compare}.test.ts",
      "test/artifacts/artifacts.test.ts",
    ],
    testTimeout: 60_000,
  },
});
