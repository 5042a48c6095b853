import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test as base, describe, expect } from "vitest";
import { openRunLog } from "../../src/lib/workspace/log.ts";
import { bundle } from "../support/bundled.ts";

const KEY = "logs/2026-11-23/20261123T050000Z-7f3a.jsonl";

interface Opened {
  readonly root: string;
  /** what was told of lost lines */
  readonly lost: string[];
  open(): ReturnType<typeof openRunLog>;
  lines(): Promise<Record<string, unknown>[]>;
}

const test = base.extend<{ run: Opened }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixture's needs from the pattern
  run: async ({}, use) => {
    const root = await mkdtemp(join(tmpdir(), "churn-log-"));
    const lost: string[] = [];
    await use({
      root,
      lost,
      open: () =>
        openRunLog({
          root,
          date: "2026-11-23",
          night: "2026-11-23.2",
          runId: "20261123T050000Z-7f3a",
          redact: (text) => text.replaceAll(/s3cret|68343/g, "***"),
          onLost: (reason) => lost.push(reason),
        }),
      lines: async () => {
        const text = await readFile(join(root, KEY), "utf8");
        return text
          .trimEnd()
          .split("\n")
          .map((line) => JSON.parse(line));
      },
    });
    await rm(root, { recursive: true });
  },
});

describe("a run's log", () => {
  test("has a JSON line for each that is written, with level, time, run, night, stage and fields", async ({ run }) => {
    const log = await run.open();
    expect(log.key).toBe(KEY);
    log.write({ level: "info", message: "stage begins", stage: "train", fields: { reason: "forced", rounds: 5 } });
    log.write({ level: "warn", message: "classes part", stage: "transform" });
    log.write({ level: "error", message: "stage failed", stage: "run-all", fields: { error: null } });
    log.close();
    const known = {
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      run: "20261123T050000Z-7f3a",
      night: "2026-11-23.2",
    };
    expect(await run.lines()).toEqual([
      { ...known, level: "info", stage: "train", msg: "stage begins", reason: "forced", rounds: 5 },
      { ...known, level: "warn", stage: "transform", msg: "classes part" },
      { ...known, level: "error", stage: "run-all", msg: "stage failed", error: null },
    ]);
    expect(run.lost).toEqual([]);
  });

  test("has each line as soon as it is written", async ({ run }) => {
    const log = await run.open();
    log.write({ level: "info", message: "stage begins", stage: "train" });
    expect(await run.lines()).toHaveLength(1);
    log.close();
  });

  test("masks secrets in every text; what is no text stays as it is", async ({ run }) => {
    const log = await run.open();
    const fields = { url: "postgres://churn:s3cret@db", deep: { list: ["s3cret", 68343] }, bytes: 68343 };
    log.write({ level: "info", message: "s3cret", stage: "extract", fields });
    log.close();
    expect(await readFile(join(run.root, KEY), "utf8")).not.toContain("s3cret");
    expect(await run.lines()).toMatchObject([
      { msg: "***", url: "postgres://churn:***@db", deep: { list: ["***", 68343] }, bytes: 68343 },
    ]);
  });

  test("is added to by whoever opens it again", async ({ run }) => {
    for (const stage of ["extract", "train"]) {
      const log = await run.open();
      log.write({ level: "info", message: "stage begins", stage });
      log.close();
    }
    expect((await run.lines()).map(({ stage }) => stage)).toEqual(["extract", "train"]);
  });

  // A limit that stands for a full disk, in a process of its own: in this one another test's execa may have undone that
  // Node ignores SIGXFSZ, which would end all of them.
  test("that the disk doesn't take any more loses its lines, and tells it once", async ({ run }) => {
    await using limited = await bundle("log-beyond-limit");
    const { exitCode, stdout, stderr } = await limited.run(run.root, "2026-11-23", "20261123T050000Z-7f3a");
    const told = [`lines of ${KEY} are lost: the system call write: the file is larger than this process may write`];
    expect({ exitCode, stderr, told: JSON.parse(stdout) }).toEqual({ exitCode: 0, stderr: "", told: [told, told] });
    expect(await readFile(join(run.root, KEY), "utf8")).toBe("");
  });

  test("that fails for no reason of the machine's is a defect", async ({ run }) => {
    const log = await run.open();
    log.close();
    expect(() => log.write({ level: "info", message: "stage begins", stage: "train" })).toThrow("EBADF");
    expect(run.lost).toEqual([]);
  });

  test("is written behind no link that leads elsewhere, in its own place or a folder's", async ({ run }) => {
    const elsewhere = join(run.root, "elsewhere");
    const place = { root: join(run.root, "workspace"), date: "2026-11-23", night: "2026-11-23", runId: "a" };
    const open = () => openRunLog({ ...place, redact: (text) => text, onLost: () => {} });
    await mkdir(elsewhere);
    await writeFile(join(elsewhere, "mine"), "mine");
    for (const link of ["logs", "logs/2026-11-23", "logs/2026-11-23/a.jsonl"]) {
      const path = join(place.root, link);
      await mkdir(dirname(path), { recursive: true });
      await symlink(path.endsWith(".jsonl") ? join(elsewhere, "mine") : elsewhere, path);
      await expect(open()).rejects.toMatchObject({
        exitCode: 5,
        message: expect.stringContaining(`${path} is a link`),
      });
      await rm(path);
    }
    expect(await readdir(elsewhere)).toEqual(["mine"]);
    expect(await readFile(join(elsewhere, "mine"), "utf8")).toBe("mine");
  });

  test("waits for no pipe that stands in its place", async ({ run }) => {
    await mkdir(join(run.root, "logs/2026-11-23"), { recursive: true });
    execFileSync("mkfifo", [join(run.root, KEY)]);
    await expect(run.open()).rejects.toMatchObject({ exitCode: 5, hint: expect.stringContaining("remove it") });
  });

  test("that can't be made says where and why", async ({ run }) => {
    await mkdir(join(run.root, KEY), { recursive: true });
    await expect(run.open()).rejects.toMatchObject({
      exitCode: 5,
      message: `${join(run.root, KEY)}: a folder stands where a file belongs`,
      hint: "move it away, then run it again",
    });
    await rm(join(run.root, "logs"), { recursive: true });
    await writeFile(join(run.root, "logs"), "");
    await expect(run.open()).rejects.toMatchObject({
      exitCode: 5,
      message: `${join(run.root, "logs", "2026-11-23")}: a file stands where a folder belongs`,
    });
  });
});
