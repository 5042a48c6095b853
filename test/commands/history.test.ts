import { readFile, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { history as historyOf } from "../../src/commands/history.ts";
import { promote } from "../../src/commands/promote.ts";
import { rollback } from "../../src/commands/rollback.ts";
import { LEDGER_FILE } from "../../src/lib/ledger/writer.ts";
import { aliases } from "../../src/lib/tracking/tags.ts";
import { addDays, today } from "../../src/lib/workspace/night.ts";
import { userName } from "../../src/lib/workspace/user.ts";
import { pipeline } from "../../src/pipeline.ts";
import { contextIn, quietTerminal } from "../support/quiet-terminal.ts";
import { test, threeNights } from "../support/registry-workspace.ts";
import { promotedModel } from "../support/scorable-versions.ts";

const history = historyOf(pipeline);
const who = `${userName()}@${hostname()}`;
const flags = { yes: true, force: false, despite_hold: false };
const MOMENT = "\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d";

async function printed(workspace: string, at?: string, json = false) {
  const { terminal, printed: lines, said } = quietTerminal();
  await history.run(contextIn(workspace, terminal, { json }), { at });
  return { lines, said };
}

test("it says what promote and rollback have done, who and why; by the tags alone where the ledger is lost", async ({
  workspace,
  tracking,
}) => {
  await promotedModel(tracking, "2026-11-16", new Date("2026-11-16T08:00:00Z"));
  await promotedModel(tracking, "2026-11-23", new Date("2026-11-23T08:00:00Z"));
  await rollback(pipeline).run(contextIn(workspace, quietTerminal().terminal), { reason: "too eager", yes: true });
  const { lines, said } = await printed(workspace);
  expect(said).toEqual([]);
  expect(lines).toEqual([
    "churn-model in production",
    expect.stringMatching(/^ {2}version {2}from +to$/),
    expect.stringMatching(RegExp(`^ +1  ${MOMENT}  now$`)),
    `           brought back by ${who}: too eager`,
    expect.stringMatching(RegExp(`^ +2  2026-11-23 09:00  ${MOMENT}$`)),
    "           promoted by maria",
    // Its tags have its second promotion by now, and of the first time when another one took its place.
    "        1  not known         2026-11-23 09:00",
  ]);
  await rm(join(workspace, LEDGER_FILE));
  const byTags = await printed(workspace);
  expect(byTags.lines[3]).toMatch(
    RegExp(`^ +brought back by ${userName()}: in place of version 2, rolled back: too eager$`),
  );
});

test("it says of what was moved outside churn that it was, and warns of lines that can't be read", async ({
  workspace,
  tracking,
}) => {
  await threeNights(tracking);
  await promote.run(contextIn(workspace, quietTerminal().terminal), { ...flags, version: 3, reason: "better" });
  await tracking.transitionStage("churn-model", 3, "Archived");
  await tracking.transitionStage("churn-model", 1, "Production");
  await tracking.setAlias("churn-model", aliases.champion, 1);
  const file = join(workspace, LEDGER_FILE);
  const lines = (await readFile(file, "utf8")).split("\n");
  await writeFile(file, [`{"event":"promoted"`, ...lines].join("\n"));
  const found = await printed(workspace);
  expect(found.said).toEqual([
    `warning  line 1 of ${LEDGER_FILE} is damaged: it is no whole JSON`,
    "warning  what they told is missing here: churn verify says what can be done",
  ]);
  expect(found.lines.slice(2, 6)).toEqual([
    expect.stringMatching(RegExp(`^ +1  after ${MOMENT}  now$`)),
    "           moved outside churn",
    expect.stringMatching(RegExp(`^ +3  ${MOMENT} +before ${MOMENT}$`)),
    `           promoted by ${who}: better`,
  ]);
});

test("--at names the one of a day; programs get periods, and what is missing", async ({ workspace, tracking }) => {
  await threeNights(tracking);
  await promote.run(contextIn(workspace, quietTerminal().terminal), { ...flags, version: 3 });
  const [day] = (await printed(workspace, "2026-11-20")).lines;
  expect(day).toMatch(/^churn-model version 2 from 2026-11-18 00:30 \(promoted by maria\), to/);
  expect((await printed(workspace, "2026-11-01")).lines).toEqual([
    "no version of churn-model is known to have been in production on 2026-11-01",
  ]);
  const { lines } = await printed(workspace, "today", true);
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({
    model: "churn-model",
    at: { date: today("Europe/Berlin", new Date()), periods: [{ version: 2 }, { version: 3, is_current: true }] },
    periods: [{ version: 3, by: userName(), host: hostname(), night: "2026-11-23.2" }, { version: 2 }],
    problems: [],
  });
  const tomorrow = addDays(today("Europe/Berlin", new Date()), 1);
  await expect(printed(workspace, tomorrow)).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringMatching(/is in the future: today is .* in Europe\/Berlin$/),
    hint: "--at takes today, yesterday or an earlier date",
  });
});

test("a registry that can't be reached is told, and the ledger says what it knows", async ({ workspace, tracking }) => {
  await threeNights(tracking);
  await promote.run(contextIn(workspace, quietTerminal().terminal), { ...flags, version: 3 });
  const { terminal, printed: lines, said } = quietTerminal();
  const context = { ...contextIn(workspace, terminal), overrides: ["tracking.uri=http://127.0.0.1:1"] };
  await history.run(context, { at: undefined });
  expect(said).toEqual([expect.stringMatching(/^warning {2}.*127\.0\.0\.1:1/)]);
  expect(lines.slice(2)).toEqual([
    expect.stringMatching(RegExp(`^ +3  ${MOMENT}  not known$`)),
    `           promoted by ${who}`,
    expect.stringMatching(RegExp(`^ +2  not known +${MOMENT}$`)),
  ]);
});
