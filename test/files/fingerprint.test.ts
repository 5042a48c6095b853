import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { fingerprintOf, sha256 } from "../../src/lib/files/fingerprint.ts";
import { test } from "../support/folder.ts";

test("the digest is SHA-256 in hex, of a text's UTF-8", () => {
  // FIPS 180-2, appendix B.1
  const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  expect(sha256("abc")).toBe(abc);
  expect(sha256(Buffer.from("€", "utf8"))).toBe(sha256("€"));
});

test.for([0, 3, 1 << 20, (1 << 20) + 1, 5_000_000])(
  "a file of %d bytes has its size and digest",
  async (size, { folder }) => {
    const bytes = Buffer.alloc(size, "churn");
    await writeFile(join(folder, "file"), bytes);
    expect(await fingerprintOf(join(folder, "file"))).toEqual({ size_bytes: size, sha256: sha256(bytes) });
  },
);

test("a file that isn't there is an error", async ({ folder }) => {
  await expect(fingerprintOf(join(folder, "none"))).rejects.toThrow("ENOENT");
});
