import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { readPem } from "../../src/lib/files/pem.ts";
import { test } from "../support/folder.ts";

test("a file of PEM is read from the workspace, the home folder or anywhere", async ({ folder }) => {
  const text = "words before\n-----BEGIN CERTIFICATE-----\n";
  await writeFile(join(folder, "ca.pem"), text);
  expect(readPem("ca.pem", "sslrootcert", { root: folder, home: undefined })).toBe(text);
  expect(readPem("~/ca.pem", "sslrootcert", { root: "/", home: folder })).toBe(text);
  expect(readPem(join(folder, "ca.pem"), "sslrootcert", { root: "/", home: undefined })).toBe(text);
});

test("a device and a folder are no files of it, and are not read to their end", ({ folder }) => {
  for (const path of ["/dev/zero", folder])
    expect(() => readPem(path, "CERT", { root: "/", home: undefined })).toThrow(
      `CERT names ${path}, which is no PEM file`,
    );
});
