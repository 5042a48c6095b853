import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { isOlder, VERSIONS } from "../../src/lib/workspace/versions.ts";

test("churn's version is the package's", async () => {
  const manifest = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8"));
  expect(VERSIONS.churn).toBe(manifest.version);
});

test.each([
  ["1.0.0", "1.1.0", true],
  ["1.9.0", "1.10.0", true],
  ["1.10.0", "1.9.0", false],
  ["2.0.0", "10.0.0", true],
  ["1.1.0", "1.1.0", false],
])("%s before %s: %s", (version, other, older) => {
  expect(isOlder(version, other)).toBe(older);
});
