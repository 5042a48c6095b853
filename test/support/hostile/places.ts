import { execFileSync } from "node:child_process";
import { mkdir, readdir, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { harmedBytes } from "./bytes.ts";
import type { Dice } from "./dice.ts";

/**
 * Puts something else in a file's place.
 *
 * @param others  where links lead; a source's own may, and is read: none is made then
 * @returns what
 */
export async function replaceFile(path: string, dice: Dice, others: string | undefined): Promise<string> {
  await rm(path, { recursive: true, force: true });
  const link = async (target: string) => {
    await symlink(target, path);
    return `a link to ${target}`;
  };
  const what = dice.one(["nothing", "pipe", "folder", "gigabytes", "link", "link", "device", "circle"] as const);
  if (what === "pipe") execFileSync("mkfifo", [path]);
  else if (what === "folder") await mkdir(path);
  else if (what === "link" && others !== undefined)
    return await link(join(others, dice.one(["secret.txt", "model/model.json", "pipe", "folder", "none"])));
  else if (what === "device") return await link(dice.one(["/dev/zero", "/dev/stdin", "/proc/self/environ"]));
  else if (what === "circle") return await link(path);
  else if (what === "gigabytes") {
    await writeFile(path, "");
    await truncate(path, 2 ** 34);
  }
  return what;
}

/** Puts a link in a folder's place. @returns what it leads to */
export async function replaceFolder(path: string, dice: Dice, others: string): Promise<string> {
  const target = join(others, dice.one(["model", "folder", "pipe", "none"]));
  await rm(path, { recursive: true });
  await symlink(target, path);
  return `a link to ${target}`;
}

/** Does a file harm by its bytes. @returns how */
export async function harmFile(path: string, dice: Dice): Promise<string> {
  const { bytes, how } = harmedBytes(await readFile(path), dice);
  await writeFile(path, bytes);
  return how;
}

/** The names of a folder's files, sorted. */
export async function filesIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).sort();
}
