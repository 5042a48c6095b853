import { join, relative } from "node:path";
import * as z from "zod";
import { type CommandContext, defineCommand } from "../lib/cli/command.ts";
import { whole } from "../lib/cli/numbers.ts";
import { tabulate } from "../lib/cli/output/table.ts";
import { waitingFor } from "../lib/cli/output/waiting.ts";
import { shellWord } from "../lib/cli/shell.ts";
import { visible } from "../lib/cli/visible.ts";
import { UsageError } from "../lib/errors.ts";
import { writeFileAtomic } from "../lib/files/atomic.ts";
import { ownTableConfig, proposedConfig, sampleConfig } from "../lib/init/churn-yaml.ts";
import { renewEditorSchema } from "../lib/init/editor-schema.ts";
import { type LookedAt, lookAt, questionsOf } from "../lib/init/from.ts";
import { exists, makeWorkspaceFolder, type Placed, place } from "../lib/init/place.ts";
import { envExample, gitignore, makefile } from "../lib/init/workspace-files.ts";
import { makeSample, type Sample } from "../lib/sample/snapshots.ts";
import { adoptRegistry } from "../lib/stage/known-registry.ts";
import { openFolderStore } from "../lib/store/folder.ts";
import { ensureWorkspaceId } from "../lib/store/id.ts";
import { type HeldWorkspace, holdWorkspace } from "../lib/workspace/hold.ts";
import { parseDate } from "../lib/workspace/night.ts";
import { machineTimezone } from "../lib/workspace/timezone.ts";
import { openWorkspace } from "../lib/workspace/workspace.ts";

/** Makes a workspace of the folder, which is made too where it is missing. A file that is there stays as it is. */
export const init = defineCommand({
  name: "init",
  group: "Setting up",
  summary: "a workspace: churn.yaml and, with --sample, real data",
  flags: z.strictObject({
    sample: z.boolean().default(false).describe("customers.duckdb as well: 7,043 real customers, seven days"),
    date: z.string().optional().describe("the sample's last day: YYYY-MM-DD, today or yesterday"),
    from: z
      .string()
      .optional()
      .meta({ value: "url" })
      .describe("look at a table, and write what it says: a URL as source.url"),
    table: z.string().optional().describe("the table of --from; files have none"),
    adopt: z.boolean().default(false).describe("take the store and registry that churn.yaml names"),
  }),

  async run(context, flags) {
    const { cwd, terminal } = context;
    if (flags.date !== undefined && !flags.sample) {
      throw new UsageError(
        "--date is the last day of the sample, and --sample was not given",
        `churn init --sample --date ${flags.date}`,
      );
    }
    refuseIdleFlags(flags);
    const timezone = machineTimezone();
    const date = parseDate(flags.date ?? "today", timezone, context.now);

    const lookedAt = flags.from === undefined ? undefined : await look(context, flags.from, flags.table, date);
    makeWorkspaceFolder(cwd);
    const texts = {
      "churn.yaml": configText(timezone, flags.sample, lookedAt),
      ".env.example": envExample,
      ".gitignore": gitignore,
      Makefile: makefile,
    };
    const placed: Placed[] = [];
    // Before churn.yaml: until that is there, no run can be under way that makes the id as well.
    const identify = () => ensureWorkspaceId(openFolderStore(cwd));
    if (!(await exists(join(cwd, "churn.yaml")))) placed.push(await place(cwd, "workspace.json", identify));
    for (const [file, text] of Object.entries(texts)) {
      placed.push(await place(cwd, file, () => writeFileAtomic(join(cwd, file), text)));
    }
    await renewEditorSchema(cwd);
    let sample: Sample | undefined;
    if (flags.sample) {
      const file = "customers.duckdb";
      const make = async () => {
        sample = await makeSample({ file: join(cwd, file), date });
      };
      placed.push(await place(cwd, file, make));
    }

    // Before adopt, which goes to the workspace's folder.
    const leadsThere = changeFolder(cwd);
    const adopted = flags.adopt ? await adopt(context) : undefined;

    if (context.json) {
      terminal.printJson({
        workspace: cwd,
        files: placed,
        sample: sample ?? null,
        adopted: adopted ?? null,
        ...(lookedAt === undefined
          ? {}
          : { questions: questionsOf(lookedAt.proposal), advice: lookedAt.proposal.advice }),
      });
      return;
    }
    printPlaced(context, placed, sample);
    if (adopted !== undefined) {
      const { green, dim } = terminal.chalk.stdout;
      terminal.print(`  ${green("adopted")}  ${adopted.store}  ${dim(`workspace ${adopted.workspace}`)}`);
      terminal.print(`  ${green("adopted")}  ${visible(adopted.registry)}  ${dim("registry")}`);
    }
    const configWritten = placed.some(({ file, outcome }) => file === "churn.yaml" && outcome === "written");
    const { cyan, yellow, dim } = terminal.chalk.stdout;
    const questions = lookedAt === undefined ? [] : questionsOf(lookedAt.proposal);
    for (const question of questions) terminal.print(`  ${yellow("decide")}   ${visible(question)}`);
    for (const advice of lookedAt?.proposal.advice ?? []) terminal.print(`  ${dim("advice")}   ${visible(advice)}`);
    const asks = lookedAt === undefined ? configWritten && !flags.sample : questions.length > 0;
    printNext(context, [
      ...leadsThere.map((command) => cyan(command)),
      ...(asks ? ["change the lines of churn.yaml that say CHANGE"] : []),
      ...(lookedAt === undefined ? [] : [cyan("churn preview")]),
      cyan(sample && flags.date !== undefined ? `churn run-all --date ${date}` : "churn run-all"),
    ]);
  },
});

function refuseIdleFlags({ from, table, sample, adopt }: z.infer<typeof init.flags>): void {
  if (table !== undefined && from === undefined)
    throw new UsageError(
      "--table says which table of --from is meant, and --from was not given",
      "churn init --from URL --table TABLE",
    );
  if (from !== undefined && sample) {
    throw new UsageError(
      "--from looks at a table, and --sample makes one: leave one out",
      "churn init --from URL --table TABLE",
    );
  }
  if (from !== undefined && adopt) {
    throw new UsageError(
      "--from writes churn.yaml, and --adopt takes what it names: leave one out",
      "churn init --adopt",
    );
  }
}

/** Looks at the source before anything is written: what it can't be read by would be in churn.yaml otherwise. */
async function look({ cwd, env }: CommandContext, from: string, table: string | undefined, today: string) {
  if (await exists(join(cwd, "churn.yaml"))) {
    throw new UsageError("churn.yaml is there already, and --from writes one", [
      "beside it, to compare them:",
      "churn -C ANOTHER_FOLDER init --from URL --table TABLE",
    ]);
  }
  return await lookAt({ from, table, root: cwd, env, today });
}

function configText(timezone: string, isSample: boolean, lookedAt: LookedAt | undefined): string {
  if (lookedAt !== undefined) return proposedConfig(timezone, lookedAt.proposal, lookedAt);
  return isSample ? sampleConfig(timezone) : ownTableConfig(timezone);
}

/** Makes the store and the registry that churn.yaml names the folder's own, whichever it has worked with. */
async function adopt(
  context: CommandContext,
): Promise<{ readonly store: string; readonly workspace: string; readonly registry: string }> {
  const workspace = await openWorkspace(context);
  const { root, config, store, redact } = workspace;
  const adoptBoth = async ({ workspaceId }: HeldWorkspace) => ({
    store: store.address,
    workspace: workspaceId,
    registry: redact(await adoptRegistry({ store, workspaceId }, { root, settings: config.tracking })),
  });
  return await holdWorkspace(workspace, "init --adopt", adoptBoth, {
    adopt: true,
    onWait: waitingFor(context.terminal),
  });
}

const NOTES: Readonly<Record<string, string>> = {
  "workspace.json": "the workspace's id, which never changes",
  "churn.yaml": "what churn reads, checks, trains and reports",
  ".env.example": "where secrets go",
  ".gitignore": "keeps data, models, logs and secrets out of git",
  Makefile: "a night stage by stage: make DATE=today",
};

function printPlaced({ terminal }: CommandContext, placed: readonly Placed[], sample: Sample | undefined): void {
  const { green, dim } = terminal.chalk.stdout;
  const note = ({ file, outcome }: Placed) =>
    outcome === "written" ? (NOTES[file] ?? (sample && describeSample(sample)) ?? "") : "it was there already";
  const { lines } = tabulate(
    placed,
    [
      {
        cell: ({ outcome }) => outcome,
        minWidth: "written".length,
        paint: (cell, { outcome }) => (outcome === "written" ? green(cell) : dim(cell)),
      },
      { cell: ({ file }) => file },
      { cell: note, paint: (cell) => dim(cell) },
    ],
    { gap: 2, indent: 2 },
  );
  for (const line of lines) terminal.print(line);
}

function describeSample({ customers, first, last }: Sample): string {
  return `${whole(customers)} customers, daily from ${first} to ${last}`;
}

function printNext({ terminal }: CommandContext, steps: readonly string[]): void {
  terminal.print("");
  for (const [index, step] of steps.entries()) terminal.print(`${index === 0 ? "next" : "    "}   ${step}`);
}

/** The command that leads to a workspace elsewhere; none for the current folder. */
function changeFolder(folder: string): string[] {
  const path = fromHere(folder);
  if (path === "") return [];
  const shorter = path.startsWith("..") ? folder : path;
  return [`cd ${shellWord(shorter)}`];
}

/** A path from the current folder, or as it is where that was removed while a shell stands in it. */
function fromHere(path: string): string {
  try {
    return relative(process.cwd(), path);
  } catch {
    return path;
  }
}
