import { execFileSync } from "node:child_process";
import { chmod, chown, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { readPrivateFile } from "../../src/lib/files/private-file.ts";
import { test } from "../support/folder.ts";

async function written(folder: string, content: string | Uint8Array, mode = 0o600): Promise<string> {
  const path = join(folder, "the secret");
  await writeFile(path, content);
  await chmod(path, mode);
  return path;
}

test("its owner reads it", async ({ folder }) => {
  expect(readPrivateFile(await written(folder, "hunter2 €\n"))).toBe("hunter2 €\n");
  expect(readPrivateFile(await written(folder, "", 0o400))).toBe("");
});

test("one that isn't there is undefined", async ({ folder }) => {
  const path = await written(folder, "x");
  expect(readPrivateFile(join(folder, "none"))).toBeUndefined();
  expect(readPrivateFile(join(path, "below"))).toBeUndefined();
});

test.for([
  [0o644, "644"],
  [0o660, "660"],
  [0o601, "601"],
] as const)("one of mode %o is refused with the command that mends it", async ([mode, shown], { folder }) => {
  const path = await written(folder, "hunter2", mode);
  expect(() => readPrivateFile(path)).toThrow(
    expect.objectContaining({
      exitCode: 2,
      message: `${path} holds secrets and is open to others (mode ${shown})`,
      hint: `chmod 600 '${path}'`,
    }),
  );
});

test("what is no file, or no text, is refused", async ({ folder }) => {
  const path = await written(folder, Buffer.from([0x68, 0xff]));
  expect(() => readPrivateFile(path)).toThrow(
    expect.objectContaining({ exitCode: 2, message: `${path} is not UTF-8 text`, hint: "save it as UTF-8" }),
  );
  await mkdir(join(folder, "folder"), { mode: 0o700 });
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", ["-m", "600", pipe]);
  for (const other of [join(folder, "folder"), pipe]) {
    expect(() => readPrivateFile(other)).toThrow(
      expect.objectContaining({ exitCode: 2, message: `${other} is not a file` }),
    );
  }
});

test.skipIf(process.getuid?.() !== 0)("another user's is refused", async ({ folder }) => {
  const path = await written(folder, "hunter2");
  await chown(path, 65534, 65534);
  expect(() => readPrivateFile(path)).toThrow(
    expect.objectContaining({
      exitCode: 2,
      message: `${path} holds secrets and belongs to another user (uid 65534, churn runs as 0)`,
      hint: `sudo chown 0 '${path}'`,
    }),
  );
});
