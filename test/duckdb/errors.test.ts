import { expect, test } from "vitest";
import { guarded } from "../../src/lib/duckdb/errors.ts";

test.each([
  [
    'IO Error: Could not write file "/srv/a.parquet": Disk quota exceeded',
    "the disk quota is used up: free some space, then run it again",
  ],
  [
    'IO Error: Could not write file "/srv/a.parquet": No space left on device',
    "the disk is full: free some space, then run it again",
  ],
  ["Out of Memory Error: Allocation failure", "more memory, or fewer columns or customers"],
])("%s is the machine's", async (message, hint) => {
  await expect(guarded(() => Promise.reject(new Error(`${message}\nLINE 1: SELECT`)))).rejects.toMatchObject({
    exitCode: 5,
    message: `DuckDB could not work: ${message}`,
    hint,
  });
});

test("any other error comes as it is", async () => {
  const error = new Error("Parser Error: syntax error");
  await expect(guarded(() => Promise.reject(error))).rejects.toBe(error);
});
