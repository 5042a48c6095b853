import { cp, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { damageIn, verify } from "../../src/lib/integrity/verify.ts";
import { openFolderStore } from "../../src/lib/store/folder.ts";
import { workspaceId } from "../../src/lib/store/id.ts";
import { openFolder } from "../../src/lib/tracking/folder/folder.ts";
import { nightOf } from "../../src/lib/workspace/night.ts";
import { pipeline } from "../../src/pipeline.ts";
import { churn, dayBefore, digests, lastDay, mayDiffer } from "../support/churn.ts";
import { damageTable, type Harm, harms, inflict, type NextDate, nameIn, of } from "../support/damage.ts";
import { complaint, succeeds, workspaceAfter } from "../support/mistake.ts";
import { sweep } from "../support/sweep.ts";

/** A decided night with its model in production, and what the next night makes of it: its files' digests. */
const test = workspaceAfter(["run-all", "--date", dayBefore], ["promote", "--version", "1", "--yes"]).extend<{
  nextNight: Record<string, string>;
}>({
  nextNight: [
    async ({ prepared }, use) => {
      const clean = `${prepared}-next`;
      await cp(prepared, clean, { recursive: true });
      await succeeds(clean, ["run-all", "--date", lastDay]);
      await use(await madeOn(clean, lastDay));
    },
    { scope: "file" },
  ],
});

/** What a night has made, by its digests. */
async function madeOn(workspace: string, night: string): Promise<Record<string, string>> {
  const all = await digests(workspace, mayDiffer);
  return Object.fromEntries(Object.entries(all).filter(([key]) => key.includes(`/${night}/`)));
}

/** What `churn verify` names. */
async function named(workspace: string): Promise<readonly string[]> {
  const store = openFolderStore(workspace);
  const archive = { store, workspaceId: (await workspaceId(store)) ?? "", stages: pipeline, redact: String };
  const tracking = async () => openFolder(join(workspace, "mlruns"));
  const asked = { nights: [nightOf(dayBefore, 1)], all: false, onStart: () => {} };
  const found = damageIn(await verify({ archive, root: workspace, tracking, model: "churn-model", ...asked }));
  return [...new Set(found.map(({ file }) => file))];
}

const rows = damageTable.flatMap((row) => row.files.map((file) => ({ ...row, file })));

describe("on the same date", () => {
  test.for(sweep(rows, 7))("$file", async ({ file, flipAt, named: what, same }, { workspace }) => {
    const name = await nameIn(workspace, dayBefore, file);
    const damaged = what ?? name;
    const warning = `warning  ${damaged} is damaged: churn verify --date ${dayBefore} says how, and what can be done`;
    for (const harm of harms) {
      const repair = await inflict(join(workspace, name), harm, flipAt);
      const outcome = of(same, harm);
      const where = `${name}: ${harm}, ${outcome}`;
      if (outcome === "named" || outcome === "restored") expect(await named(workspace), where).toEqual([damaged]);
      const ended = await churn(workspace, ["run-all", "--date", dayBefore]);
      if (outcome === "refused") expect([2, 4], where).toContain(complaint(ended).exitCode);
      else expect(ended, where).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("Nothing to do") });
      if (outcome === "named") expect(ended.stderr, where).toBe(warning);
      if (outcome === "unseen") expect(ended.stderr, where).toBe("");
      if (outcome === "restored")
        expect(ended.stderr, where).toMatch(RegExp(`^${name} was missing, and is restored from records/[^ \n]+$`));
      await repair();
    }
    expect(await named(workspace)).toEqual([]);
  });
});

const harmedOn = (...outcomes: readonly NextDate[]) =>
  rows.flatMap((row) =>
    harms.filter((harm) => outcomes.includes(of(row.next, harm))).map((harm) => ({ ...row, harm })),
  );

async function harmAll(
  workspace: string,
  all: readonly { file: string; flipAt?: RegExp; harm: Harm }[],
): Promise<void> {
  const names = await Promise.all(all.map(({ file }) => nameIn(workspace, dayBefore, file)));
  for (const [index, { harm, flipAt }] of all.entries())
    await inflict(join(workspace, names[index] ?? ""), harm, flipAt);
}

describe("on the next date", () => {
  test.for(harms)(
    "what it doesn't read makes no difference, all of it at once: %s",
    async (harm, { workspace, nextNight }) => {
      await harmAll(
        workspace,
        harmedOn("unaffected").filter((row) => row.harm === harm),
      );
      await succeeds(workspace, ["run-all", "--date", lastDay]);
      expect(await madeOn(workspace, lastDay)).toEqual(nextNight);
    },
  );

  test("records that are missing are restored, all of them at once", async ({ workspace, nextNight }) => {
    const lost = harmedOn("restored");
    await harmAll(workspace, lost);
    const { stderr } = await succeeds(workspace, ["run-all", "--date", lastDay]);
    expect(stderr.match(/was missing, and is restored from records\//g)).toHaveLength(lost.length);
    expect(await madeOn(workspace, lastDay)).toEqual(nextNight);
    expect(await named(workspace)).toEqual([]);
  });

  test.for(sweep(harmedOn("mended"), 2))(
    "$file: $harm is made good by what else says it",
    async (row, { workspace, nextNight }) => {
      await harmAll(workspace, [row]);
      const { stderr, stdout } = await succeeds(workspace, ["run-all", "--date", lastDay]);
      expect(`${stderr}\n${stdout}`).toContain("its tag churn.threshold is damaged");
      expect(await madeOn(workspace, lastDay)).toEqual(nextNight);
    },
  );

  test.for(sweep(harmedOn("refused"), 5))("$file: $harm is refused", async (row, { workspace }) => {
    await harmAll(workspace, [row]);
    const ended = await churn(workspace, ["run-all", "--date", lastDay]);
    expect([2, 4, 5]).toContain(complaint(ended).exitCode);
    const made = await readdir(join(workspace, "models", lastDay)).catch(() => []);
    expect(made, "nothing is decided on what can't be trusted").not.toContain("registration.json");
  });

  test.for(sweep(harmedOn("unjudged"), 3))(
    "$file: $harm leaves the champion without a judgement",
    async (row, { workspace }) => {
      await harmAll(workspace, [row]);
      await succeeds(workspace, ["run-all", "--date", lastDay]);
      const { outcome } = JSON.parse(await readFile(join(workspace, "models", lastDay, "comparison.json"), "utf8"));
      expect(outcome).toMatch(/^champion_(unscorable|damaged)$/);
    },
  );
});
