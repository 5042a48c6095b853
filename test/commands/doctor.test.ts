import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { doctor } from "../../src/commands/doctor.ts";
import { checks } from "../../src/lib/doctor/checks.ts";
import { doctorFormat } from "../../src/lib/doctor/report.ts";
import { pipeline } from "../../src/pipeline.ts";
import { NOW, writeStart, writeWorkspace } from "../support/doctor.ts";
import { test } from "../support/folder.ts";
import { contextIn, quietTerminal } from "../support/quiet-terminal.ts";

interface Given {
  readonly env?: Readonly<Record<string, string>>;
  readonly set?: readonly string[];
  readonly json?: boolean;
}

async function run(folder: string, { env = {}, set = [], json = false }: Given = {}) {
  const { terminal, printed, said } = quietTerminal();
  const context = {
    ...contextIn(folder, terminal, { json }),
    env,
    overrides: set,
    now: NOW,
    commands: ["init", "doctor"],
  };
  const command = doctor(pipeline);
  const exitCode = await command.run(context, command.flags.parse({}));
  return { exitCode, printed, said };
}

test("all checks stand in their order, the verdict last, and nothing is said besides", async ({ folder }) => {
  await writeWorkspace(folder);
  // Something other than cron and timers starts the nights, day after day.
  const yesterday = new Date(NOW.getTime() - 86_400_000);
  await writeStart(folder, { by: "other", time: yesterday }, { by: "other" });
  const before = await readdir(folder);
  const { exitCode, printed, said } = await run(folder);
  const names = printed.flatMap((line) => /^\S (\S+)/.exec(line)?.[1] ?? []);
  const always = checks.filter((check) => check.kind === "place" || check.applies === undefined);
  expect(names).toEqual(always.map(({ name }) => name));
  expect(printed.at(-2)).toBe("");
  expect(printed.at(-1)).toBe("Nothing is amiss.");
  expect(printed.every((line) => [...line].length <= 80)).toBe(true);
  expect({ exitCode, said }).toEqual({ exitCode: 0, said: [] });
  expect(await readdir(folder)).toEqual(before);
});

test("on a terminal the last line says what is still waited for, and is gone in the end", async ({ folder }) => {
  await writeWorkspace(folder);
  const { terminal } = quietTerminal();
  const shown: (string | undefined)[] = [];
  const status = (line: string | undefined) => void shown.push(line);
  const command = doctor(pipeline);
  const context = { ...contextIn(folder, { ...terminal, status }), now: NOW };
  await command.run(context, command.flags.parse({}));
  expect(shown).toContainEqual(expect.stringMatching(/^\d+ of 13 checked, waiting for \S/));
  expect(shown.at(-1)).toBeUndefined();
});

test("no two checks have one name", () => {
  const names = checks.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

test("the exit code is the worst problem's, and the last line says where tonight's run would fail first", async ({
  folder,
}) => {
  await writeWorkspace(folder);
  const down = ["tracking.uri=http://127.0.0.1:1"];
  const { exitCode, printed } = await run(folder, { set: down });
  expect(exitCode).toBe(5);
  expect(printed.at(-1)).toBe("1 problem, 1 warning. Tonight's run would fail at train.");
  const worse = await run(folder, { set: [...down, "source.table=clients"] });
  expect(worse.exitCode).toBe(2);
  expect(worse.printed.at(-1)).toBe("2 problems, 1 warning. Tonight's run would fail at extract.");
});

test("programs get the same as JSON, and nothing else on stdout", async ({ folder }) => {
  await writeWorkspace(folder);
  const { exitCode, printed } = await run(folder, { json: true, set: ["tracking.uri=http://127.0.0.1:1"] });
  expect(printed).toHaveLength(1);
  const report = doctorFormat.read(JSON.parse(printed[0] ?? ""), "the report");
  expect(report).toMatchObject({ workspace: folder, problems: 1, exit_code: 5, fails_at: "train", cron: null });
  expect(exitCode).toBe(5);
});

test("where -C names the folder the commands of a remedy name it too", async ({ folder }) => {
  const { printed } = await run(folder);
  expect(printed.join("\n")).toContain(`next  churn -C ${folder} init`);
});

test("a secret is masked before its line is wrapped", async ({ folder }) => {
  await writeWorkspace(folder);
  const secret = "geheim-".repeat(12);
  await writeFile(join(folder, ".env"), `API_TOKEN=${secret}\n`, { mode: 0o600 });
  const { printed } = await run(folder, { set: [`source.table=${secret}`] });
  expect(printed.join("\n")).toContain("***");
  expect(printed.join("\n")).not.toContain("geheim");
});
