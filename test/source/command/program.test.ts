import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { findProgram, requireProgram } from "../../../src/lib/source/command/program.ts";
import { test } from "../../support/folder.ts";

const code = (one: string) => expect.objectContaining({ code: one });

test("a name is looked for in PATH, in its order, and a path starts at the folder", async ({ folder }) => {
  for (const place of ["one", "two"]) {
    await mkdir(join(folder, place));
    await writeFile(join(folder, place, "program"), "", { mode: place === "one" ? 0o644 : 0o755 });
  }
  const path = `${join(folder, "gone")}:${join(folder, "one")}:${join(folder, "two")}`;
  // One that may not be run is passed over, as the system does.
  if (process.getuid?.() !== 0)
    expect(requireProgram("program", { folder, path })).toBe(join(folder, "two", "program"));
  expect(requireProgram("program", { folder, path: join(folder, "two") })).toBe(join(folder, "two", "program"));
  expect(requireProgram("two/program", { folder, path: "" })).toBe(join(folder, "two", "program"));
  expect(requireProgram("./two/program", { folder: join(folder), path: undefined })).toBe(
    join(folder, "two", "program"),
  );
  expect(requireProgram("program", { folder, path: "two" })).toBe(join(folder, "two", "program"));
});

test("one that isn't there, may not be run or is a folder is told apart", async ({ folder }) => {
  await writeFile(join(folder, "plain"), "");
  await chmod(join(folder, "plain"), 0o600);
  await mkdir(join(folder, "sub"));
  expect(() => requireProgram("nothing", { folder, path: folder })).toThrow(code("ENOENT"));
  expect(() => requireProgram("plain", { folder, path: `/nowhere:${folder}` })).toThrow(code("EACCES"));
  expect(() => requireProgram("sub", { folder, path: folder })).toThrow(code("EACCES"));
  expect(() => requireProgram("plain/below", { folder, path: folder })).toThrow(code("ENOTDIR"));
  expect(findProgram("nothing", { folder, path: folder })).toBeUndefined();
});

test("where nobody says PATH, the system's usual places are looked at", () => {
  expect(findProgram("sh", { folder: "/", path: undefined })).toMatch(/^\/(?:usr\/)?bin\/sh$/);
});
