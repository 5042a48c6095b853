import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import * as z from "zod";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { fileName, findFiles, literalFiles } from "../../src/lib/source/paths.ts";
import { readSource, test } from "../support/source-folder.ts";

/** Writes files, each of its own name. */
async function write(root: string, ...names: string[]): Promise<void> {
  for (const name of names) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), name.endsWith(".csv") ? `id,file\n1,"${name}"\n` : "");
  }
}

/** What findFiles finds for what the user wrote, relative to the workspace. */
async function found(root: string, place: string) {
  const path = join(root, place);
  const { files, partitions } = await findFiles(
    {
      root,
      path,
      description: place,
      table: undefined,
      query: undefined,
      files: [],
    },
    TODAY,
  );
  const columns = partitions.map(({ name, type }) => `${name} ${type}`);
  return { files: files.map((file) => file.slice(root.length + 1)), columns };
}

/** The snapshot that is looked for is today's. */
const TODAY = { date: "2026-11-23", today: "2026-11-23" };

const files = (...names: string[]) => ({ files: names, columns: [] });

test("a name that is there is itself, whatever characters it has", async ({ root }) => {
  await write(root, "a*.csv", "ab.csv", "c[12]/a.csv", "c1/a.csv", "q?/x.csv", "qq/x.csv", "plan=gold/a.csv");
  expect(await found(root, "a*.csv")).toEqual(files("a*.csv"));
  expect(await found(root, "c[12]/a.csv")).toEqual(files("c[12]/a.csv"));
  expect(await found(root, "c[12]")).toEqual(files("c[12]/a.csv"));
  expect(await found(root, "q?/*.csv")).toEqual(files("q?/x.csv"));
  expect(await found(root, "./plan=gold/../ab.csv")).toEqual(files("ab.csv"));
});

test("all else is a pattern, level by level", async ({ root }) => {
  await write(root, "c1/a.csv", "c1/b.txt", "c2/a.csv", "c3/d/a.csv", "c3/d/.a.csv", "c3/_tmp/a.csv");
  expect(await found(root, "c[12]/a.csv")).toEqual(files("c1/a.csv", "c2/a.csv"));
  expect(await found(root, "c1/*")).toEqual(files("c1/a.csv", "c1/b.txt"));
  expect(await found(root, "**/a.csv")).toEqual(files("c1/a.csv", "c2/a.csv", "c3/d/a.csv"));
  expect(await found(root, "c3/**")).toEqual(files("c3/d/a.csv"));
  expect(await found(root, "c3/**/d/*.csv")).toEqual(files("c3/d/a.csv"));
  expect(await found(root, "c3/_tmp/*.csv")).toEqual(files("c3/_tmp/a.csv"));
  expect(await found(root, "c3/_t*/*.csv")).toEqual(files("c3/_tmp/a.csv"));
});

test("the workspace's own folder is no pattern and no column, nor is a folder above it", async ({ root }) => {
  await write(
    root,
    "c[12]/plan=gold/ws/day=2026-11-23/a.csv",
    "c1/plan=gold/ws/day=2026-11-22/a.csv",
    "c[12]/all/b.csv",
  );
  const workspace = join(root, "c[12]/plan=gold/ws");
  const day = { files: ["day=2026-11-23/a.csv"], columns: ["day DATE"] };
  expect(await found(workspace, "*/*.csv")).toEqual(day);
  expect(await found(workspace, "")).toEqual(day);
  expect(await found(workspace, "day=2026-11-23/*.csv")).toEqual(files("day=2026-11-23/a.csv"));
  const settings = { root: workspace, description: "", table: undefined, query: undefined, files: [] };
  expect(await findFiles({ ...settings, path: join(root, "c[12]/all/*.csv") }, TODAY)).toMatchObject({
    files: [join(root, "c[12]/all/b.csv")],
    partitions: [],
  });
});

test("a folder is the files in it and in its folders of keys and values", async ({ root }) => {
  await write(
    root,
    "out/_SUCCESS",
    "out/._SUCCESS.crc",
    "out/part-0.csv",
    "out/.part-0.csv.crc",
    "out/_metadata",
    "out/part-1",
  );
  expect(await found(root, "out/")).toEqual(files("out/part-0.csv", "out/part-1"));
  await write(root, "days/day=2026-11-22/a.csv", "days/day=2026-11-23/a.csv", "days/_delta/x.csv");
  expect(await found(root, "days")).toEqual({
    files: ["days/day=2026-11-22/a.csv", "days/day=2026-11-23/a.csv"],
    columns: ["day DATE"],
  });
  expect(await found(root, "days/day=*")).toEqual(await found(root, "days"));
});

test("what can't be meant is refused with what may be", async ({ root }) => {
  await write(root, "out/a.csv", "out/archive/a.csv", "two/b.csv", "two/c.csv/part-0.csv");
  await mkdir(join(root, "empty"));
  const cases: [string, number, string, string][] = [
    ["none/*.csv", 2, "source.url: there is no file none/*.csv", `it is looked for at ${root}/none/*.csv`],
    [
      "out/a.csv/*.csv",
      2,
      "source.url: there is no file out/a.csv/*.csv",
      `it is looked for at ${root}/out/a.csv/*.csv`,
    ],
    ["empty", 75, "source.url: empty is empty", "run it again once it is written"],
    [
      "out",
      2,
      "source.url: out holds a folder, archive, that isn't called key=value: are its files meant too?",
      "out/* reads the files beside it, out/*/* the files in such folders",
    ],
    [
      "two/*.csv",
      2,
      "source.url: two/*.csv names files and a folder, c.csv",
      "a pattern that names the one or the other",
    ],
  ];
  for (const [place, exitCode, message, hint] of cases) {
    await expect(found(root, place)).rejects.toMatchObject({ exitCode, message, hint });
  }
  expect(await found(root, "out/*")).toEqual(files("out/a.csv"));
  expect(await found(root, "out/*/*")).toEqual(files("out/archive/a.csv"));
});

test("links are what they lead to; ** goes through none, and one that leads nowhere is not left out", async ({
  root,
}) => {
  await write(root, "real/a.csv");
  await symlink(root, join(root, "real/loop"));
  await symlink(join(root, "real"), join(root, "linked"));
  expect(await found(root, "linked/a.csv")).toEqual(files("linked/a.csv"));
  expect(await found(root, "l*/a.csv")).toEqual(files("linked/a.csv"));
  expect(await found(root, "**/a.csv")).toEqual(files("real/a.csv"));
  await symlink(join(root, "gone"), join(root, "real/b.csv"));
  expect(await found(root, "real/*.csv")).toEqual(files("real/a.csv", "real/b.csv"));
  await expect(readSource({ url: "csv:real/*.csv" }, root)).rejects.toMatchObject({
    message: expect.stringContaining("real/b.csv"),
  });
});

test.skipIf(process.getuid?.() === 0)("a folder that this user may not read is not passed over", async ({ root }) => {
  await write(root, "shut/a.csv");
  await chmod(join(root, "shut"), 0o000);
  await expect(found(root, "*/a.csv")).rejects.toMatchObject({ exitCode: 5 });
  await chmod(join(root, "shut"), 0o700);
});

test("each file of a list is read by its own name", async ({ root }) => {
  await write(root, "c[12].csv", "c1.csv", "a'b.csv");
  await using db = await openDatabase();
  const list = literalFiles(["c[12].csv", "a'b.csv"].map((name) => join(root, name)));
  const rows = await db.rows(`SELECT file FROM read_csv(${list}) ORDER BY file`, z.unknown());
  expect(rows).toEqual([{ file: "a'b.csv" }, { file: "c[12].csv" }]);
});

test("people call a file as source.url does, or by its way below the workspace", () => {
  const settings = {
    root: "/srv/ws",
    path: "/srv/ws/a.csv",
    description: "./a.csv",
    table: undefined,
    query: undefined,
    files: [],
  };
  expect(fileName(settings, "/srv/ws/a.csv")).toBe("./a.csv");
  expect(fileName(settings, "/srv/ws/b/a.csv")).toBe("b/a.csv");
  expect(fileName(settings, "/srv/wsx/a.csv")).toBe("/srv/wsx/a.csv");
});
