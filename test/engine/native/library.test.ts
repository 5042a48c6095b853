import { execFileSync } from "node:child_process";
import { copyFile, mkdir, open, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect } from "vitest";
import { findLibrary } from "../../../src/lib/engine/native/library.ts";
import { test } from "../../support/folder.ts";
import { libraries, newest } from "../../support/libxgboost.ts";

const environment = (variables: Record<string, string>) => ({ get: (name: string) => variables[name] });
const site = (root: string) => join(root, "lib", "python3.12", "site-packages", "xgboost", "lib");

/** Leaves a library where the wheels have it. */
async function installed(root: string): Promise<string> {
  const lib = site(root);
  await mkdir(dirname(dirname(lib)), { recursive: true });
  // The folder as a link: the wheel's library finds what it needs beside itself.
  await symlink(dirname(dirname(newest)), dirname(lib));
  return join(lib, "libxgboost.so");
}

describe.skipIf(newest === "")("a library is found", () => {
  test("in a set order", async ({ folder }) => {
    const [conda, virtual] = [join(folder, "conda"), join(folder, "virtual")];
    const variables: Record<string, string> = { CONDA_PREFIX: conda, VIRTUAL_ENV: virtual };
    const places = [
      await installed(virtual),
      await installed(conda),
      await installed(join(folder, ".churn", "native")),
    ];
    await symlink(dirname(newest), join(folder, "named"));
    const named = join(folder, "named", "libxgboost.so");
    const find = async (configured?: string) => (await findLibrary(configured, folder, environment(variables))).library;
    expect((await find())?.file, "of the workspace").toBe(places[2]);
    expect((await find("named/libxgboost.so"))?.file).toBe(named);
    variables.CHURN_LIBXGBOOST = newest;
    expect((await find("named/libxgboost.so"))?.file).toBe(newest);
  });

  test.for(libraries)("with its version: %s", async (file, { folder }) => {
    const { library } = await findLibrary(file, folder, environment({}));
    expect(library).toEqual({ file, version: expect.stringMatching(/^[1-9]\.\d+\.\d+$/) });
  });

  test("and one before it that can't be used is passed over, with a sentence", async ({ folder }) => {
    const file = join(site(join(folder, ".churn", "native")), "libxgboost.so");
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, "no library");
    const virtual = join(folder, "virtual");
    const there = await installed(virtual);
    const found = await findLibrary(undefined, folder, environment({ VIRTUAL_ENV: virtual }));
    expect(found.passedOver).toEqual([`${file} can't be used: it is no shared library`]);
    // The system's loader comes before it, where this machine has one.
    expect([there, "libxgboost.so.0", "libxgboost.so"]).toContain(found.library?.file);
  });
});

test.skipIf(newest === "")("one that lacks a function is no library that can be used", async ({ folder }) => {
  const root = dirname(dirname(dirname(newest)));
  const lib = join(folder, "xgboost", "lib");
  await mkdir(lib, { recursive: true });
  for (const beside of (await readdir(root)).filter((name) => name.endsWith(".libs")))
    await symlink(join(root, beside), join(folder, beside));
  const file = join(lib, "libxgboost.so");
  // Its name is looked up by a hash that it doesn't have any more.
  const content = (await readFile(newest)).toString("latin1").replaceAll("XGBoosterSlice\0", "XGBoosterSlicX\0");
  await writeFile(file, content, "latin1");
  const found = findLibrary(file, folder, environment({}));
  await expect(found).rejects.toThrow(/can't be used: it is XGBoost 3\.\d+\.\d+ without the function XGBoosterSlice$/);
});

describe("a library that is named says why it can't be used", () => {
  const refusal = async (folder: string) => {
    const error = await findLibrary("lib.so", folder, environment({})).catch((reason: unknown) => reason);
    return String(error).split("can't be used: ")[1];
  };

  test("not there, a folder, no library", async ({ folder }) => {
    expect(await refusal(folder)).toBe("it is not there");
    await writeFile(join(folder, "lib.so"), "");
    expect(await refusal(folder)).toBe("it is no shared library");
  });

  test("a folder", async ({ folder }) => {
    await mkdir(join(folder, "lib.so"));
    expect(await refusal(folder)).toBe("it is a folder");
  });

  test("another library", async ({ folder }) => {
    await copyFile(await libc(), join(folder, "lib.so"));
    expect(await refusal(folder)).toBe("it is no libxgboost");
  });

  test("one of another processor", async ({ folder }) => {
    const file = join(folder, "lib.so");
    await copyFile(await libc(), file);
    const opened = await open(file, "r+");
    await opened.write(Uint8Array.of(process.arch === "arm64" ? 62 : 183), 0, 1, 18);
    await opened.close();
    expect(await refusal(folder)).toMatch(/^it was built for (ARM64|x86-64), this is (x64|arm64)$/);
  });

  test("one that is cut short, wherever", async ({ folder }) => {
    const whole = await readFile(await libc());
    const phrase = (length: number) => new RegExp(`^it is cut short: ${length.toLocaleString("en")} of [\\d,]+ bytes$`);
    for (const length of [30, 100, 4_096, whole.length >> 1]) {
      await writeFile(join(folder, "lib.so"), whole.subarray(0, length));
      expect(await refusal(folder)).toMatch(phrase(length));
    }
  });

  test.skipIf(newest === "")("libxgboost without its last bytes, which would kill the process", async ({ folder }) => {
    const whole = await readFile(newest);
    await writeFile(join(folder, "lib.so"), whole.subarray(0, whole.length - 100_000));
    expect(await refusal(folder)).toMatch(/^it is cut short: /);
  });

  test("a pipe, which nobody waits for", async ({ folder }) => {
    execFileSync("mkfifo", [join(folder, "lib.so")]);
    expect(await refusal(folder)).toBe("it is no shared library");
  });
});

/** Any library of this machine: what Node itself has loaded. */
async function libc(): Promise<string> {
  const maps = await readFile("/proc/self/maps", "utf8");
  const file = /\S*\/libm[.-]\S*/.exec(maps)?.[0];
  if (file === undefined) throw new Error("Node has loaded no libm");
  return file;
}
