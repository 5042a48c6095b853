import { expect, test } from "vitest";
import { guarded } from "../../src/lib/duckdb/errors.ts";

test.each([
  ["IO Error: Could not write to a file: Permission denied", expect.stringMatching(/^does it belong to another user/)],
  ["Out of Memory Error: Allocation failure", "more memory, or fewer columns or customers"],
])("%s is the machine's", async (message, hint) => {
  await expect(guarded(() => Promise.reject(new Error(`${message}\nLINE 1: SELECT`)))).rejects.toMatchObject({
    exitCode: 5,
    message: `DuckDB could not work: ${message}`,
    hint,
  });
});

test.each([
  ['IO Error: Could not write file "/srv/a.parquet": Disk quota exceeded', "/srv/a.parquet: the disk quota is used up"],
  ['IO Error: Could not write file "/srv/a.parquet": No space left on device', "/srv/a.parquet: the disk is full"],
  ["IO Error: fsync failed: No space left on device", "DuckDB: the disk is full"],
])("%s is said as any full disk is", async (message, said) => {
  await expect(guarded(() => Promise.reject(new Error(`${message}\nLINE 1: SELECT`)))).rejects.toMatchObject({
    exitCode: 5,
    message: said,
    hint: "free some space, then run it again",
  });
});

test("any other error comes as it is", async () => {
  const error = new Error("Parser Error: syntax error");
  await expect(guarded(() => Promise.reject(error))).rejects.toBe(error);
});
