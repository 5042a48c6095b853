import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { comparison } from "../../src/lib/artifacts/artifacts.ts";
import { removedFormat } from "../../src/lib/stage/removed.ts";
import { digests } from "../support/churn.ts";
import { GYM_BEFORE, GYM_DAY, gymConfig, openGym } from "../support/gym.ts";
import { complaint } from "../support/mistake.ts";
import { type Company, copyOf } from "../support/other-table.ts";
import { churn } from "../support/program.ts";
import { start } from "../support/running.ts";

const THIRD = `${GYM_BEFORE}.3`;
const tables = ["raw", "processed", "features"].map((folder) => join(folder, THIRD));

/**
 * A gym with four nights: version 1 made way for version 2, which is in production; the third night's model was never
 * registered, and the newest one's neither.
 */
let gym: Company;

beforeAll(async () => {
  gym = await openGym();
  const before = ["run-all", "--date", GYM_BEFORE];
  await gym.churn(...before);
  await gym.churn("promote", "--version", "1", "--yes");
  const poorer = ["--set", "split.salt=other", "--set", 'features=["alter"]'];
  await gym.churn(...before, "--again", ...poorer);
  await gym.churn("promote", "--version", "2", "--yes");
  const same = [...poorer, "--set", "compare.min_improvement=9"];
  await gym.churn(...before, "--again", ...same, "--set", "train.rounds=4");
  await gym.churn("run-all", "--date", GYM_DAY, ...same);
}, 120_000);
afterAll(() => gym[Symbol.asyncDispose]());

const gc = ["gc", "--keep", "0d"];
/** What churn and the kernel note for themselves: who has the lock. */
const notes = /^\.churn\/|\.lock$/;
const removedOf = async ({ root }: Company) =>
  removedFormat.read(JSON.parse(await readFile(join(root, "records", THIRD, "removed.json"), "utf8")), "removed.json");
const runsOf = async ({ root }: Company) =>
  new Set(
    Object.keys(await digests(join(root, "mlruns"))).flatMap((file) => /^\d+\/[0-9a-f]{32}/.exec(file)?.[0] ?? []),
  );

describe("churn gc", () => {
  test("removes what nothing in use came from, and all goes on as before", async () => {
    await using company = await copyOf(gym);
    const before = await digests(company.root, notes);
    const dry = await company.churn(...gc, "--dry-run");
    const sentence = "14 files of 1 night, \\d+ kB; kept 2 nights that versions 1 and 2 came from";
    expect(dry.stdout).toMatch(
      RegExp(
        `^${THIRD} {2}14 files {2}\\d+ kB\nwould remove ${sentence}\nwould remove 1 run of local tracking, \\d+ kB$`,
      ),
    );
    expect(await digests(company.root, notes)).toEqual(before);

    expect((await company.churn(...gc)).stdout).toMatch(
      RegExp(`^removed ${sentence}\nremoved 1 run of local tracking, \\d+ kB$`),
    );
    const after = await digests(company.root, notes);
    const gone = Object.keys(before).filter((file) => !(file in after));
    const [run = ""] = gone.flatMap((file) => /^mlruns\/\d+\/[0-9a-f]{32}\//.exec(file)?.[0] ?? []);
    const old = RegExp(`^(\\w+/${THIRD}/(.*\\.parquet|model/.*)$|${run})`);
    expect(gone.filter((file) => !old.test(file))).toEqual([]);
    const list = `records/${THIRD}/removed.json`;
    const { [list]: listed, ...rest } = after;
    expect(listed).toBeDefined();
    expect(rest).toEqual(Object.fromEntries(Object.entries(before).filter(([file]) => !gone.includes(file))));
    expect((await removedOf(company)).finished).toEqual(["raw", "processed", "features", "models"]);
    expect((await company.churn(...gc)).stdout).toBe(
      "no file is old enough to be removed; kept 2 nights that versions 1 and 2 came from",
    );

    const verified = await company.churn("verify", "--all");
    expect(verified.stdout).toMatch(RegExp(`night of ${THIRD}: \\d+ files, 14 of them removed by churn gc`));
    const decided = await company.churn("run-all", "--date", THIRD);
    expect(decided.stdout).toContain("Nothing to do");
    expect(decided.stderr).toBe("");
    const { stdout: files } = await company.churn("ls", "--date", THIRD);
    expect(files).toMatch(RegExp(`^ +\\d+ kB {2}removed {2}raw/${THIRD}/customers.parquet$`, "m"));

    // What came before is whole, so that the next night is held against it, and it can come back.
    await company.churn("run-all", "--date", GYM_DAY, "--again", "--set", "compare.min_improvement=9");
    expect((await company.read(comparison, `${GYM_DAY}.2`)).production?.version).toBe(2);
    const { stdout } = await company.churn("rollback", "--yes");
    expect(stdout).toBe(`${gymConfig.register.model} version 1 is back in production, version 2 is rejected`);
  });

  test("leaves a night that can't be a beginning any more, and says what to do", async () => {
    await using company = await copyOf(gym);
    await company.churn(...gc);
    const again = await churn(company.root, ["run-all", "--date", THIRD, "--again", "--from", "train"]);
    expect([again.exitCode, complaint(again)]).toEqual([
      4,
      {
        exitCode: 4,
        error: expect.stringMatching(/\.parquet was removed by churn gc on .*, so train can't begin with it$/),
        next: [`restore it from a backup, or begin with the source: churn run-all --date ${GYM_BEFORE} --again`],
      },
    ]);
    const cat = await churn(company.root, ["cat", `raw/${THIRD}/customers.parquet`]);
    expect([cat.exitCode, complaint(cat).error]).toEqual([
      4,
      expect.stringMatching(/customers\.parquet was removed by churn gc on /),
    ]);
    const removed = await company.churn("cat", `records/${THIRD}/removed.json`);
    expect(JSON.parse(removed.stdout).files).toHaveLength(14);
  });

  test("that is killed leaves nothing unexplained, and the same again finishes it", async () => {
    await using whole = await copyOf(gym);
    await whole.churn(...gc);
    const kept = RegExp(`${notes.source}|removed\\.json$|^ledger\\.jsonl$`);
    const expected = await digests(whole.root, kept);
    for (const delay of [0, 1, 3, 6]) {
      await using company = await copyOf(gym);
      const running = start(company.root, gc);
      const list = join(company.root, "records", THIRD, "removed.json");
      let ended = false;
      void running.ended.then(() => {
        ended = true;
      });
      while (!existsSync(list) && !ended) await sleep(0);
      await sleep(delay);
      running.signal("SIGKILL");
      await running.ended;
      await company.churn("verify", "--all");
      expect((await company.churn("run-all", "--date", THIRD)).stderr).toBe("");
      await company.churn(...gc);
      expect(await digests(company.root, kept)).toEqual(expected);
      expect((await removedOf(company)).files).toHaveLength(14);
    }
  });
});

describe("retention", () => {
  test("is applied after a good night, whose failure it never is", async () => {
    await using company = await copyOf(gym);
    await company.configure({ ...gymConfig, retention: { raw: 0, processed: "0d" } });
    const night = ["run-all", "--date", GYM_DAY, "--again", "--set", "compare.min_improvement=9"];
    const { stderr } = await company.churn(...night);
    // The night before it is no longer the newest, and is old as well.
    expect(stderr).toMatch(/removed 6 files of 2 nights, \d+ kB; kept 2 nights that versions 1 and 2 came from$/m);
    expect(tables.map((folder) => existsSync(join(company.root, folder, "train.parquet")))).toEqual([
      false,
      false,
      true,
    ]);
    expect(await runsOf(company)).toHaveProperty("size", 5);

    // Broken in a way that compare passes over, as of a version that is of no matter to it.
    const meta = join(company.root, "mlruns/models", gymConfig.register.model, "version-1/meta.yaml");
    await writeFile(meta, "current_stage: [");
    const next = await churn(company.root, night);
    expect(next.exitCode).toBe(0);
    expect(next.stderr).toMatch(/^warning {2}old nights stay as they are: .*version-1\/meta\.yaml/m);
  });
});
