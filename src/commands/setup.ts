import { join } from "node:path";
import * as z from "zod";
import { type CommandContext, defineCommand } from "../lib/cli/command.ts";
import { confirm } from "../lib/cli/confirm.ts";
import { whole } from "../lib/cli/numbers.ts";
import { fitted } from "../lib/cli/output/fit.ts";
import { waitingFor } from "../lib/cli/output/waiting.ts";
import { installLibrary } from "../lib/engine/native/install.ts";
import {
  LIBRARY_VARIABLE,
  type Library,
  loadLibrary,
  NATIVE_FOLDER,
  wheelFiles,
} from "../lib/engine/native/library.ts";
import { type TryOut, tryOut } from "../lib/engine/native/try-out.ts";
import { WHEEL_VERSION, type Wheel, wheelFor } from "../lib/engine/native/wheel.ts";
import { UsageError } from "../lib/errors.ts";
import { endAtSignals } from "../lib/supervise/end-at-once.ts";
import { holdWorkspace } from "../lib/workspace/hold.ts";
import { openWorkspace, type Workspace } from "../lib/workspace/workspace.ts";

/** Fetches what churn can do without, but not as fast: libxgboost. */
export const setup = defineCommand({
  name: "setup",
  group: "Setting up",
  summary: "native: libxgboost, to train faster, into the workspace",
  flags: z.strictObject({
    what: z.enum(["native"]).optional().meta({ positional: true }).describe("native"),
    version: z
      .string()
      .regex(/^\d+\.\d+\.\d+$/, "a version such as 3.4.1")
      .optional()
      .meta({ value: "version" })
      .describe(`of XGBoost; ${WHEEL_VERSION} if not given`),
    yes: z.boolean().default(false).describe("don't ask"),
    force: z.boolean().default(false).describe("anew, where one is there"),
  }),

  async run(context, { what, version: asked, yes, force }) {
    if (what === undefined)
      throw new UsageError("what is to be set up? churn setup takes native", "churn setup native");
    const { terminal } = context;
    const workspace = await openWorkspace(context);
    const { root, environment } = workspace;
    const wheel = wheelFor(asked ?? WHEEL_VERSION);

    const there = await thereAlready(root);
    const isSound = there !== undefined && typeof there !== "string";
    const isOther = isSound && asked !== undefined && there.version !== asked;
    if (isSound && !isOther && !force) {
      if (context.json) terminal.printJson({ installed: false, library: there.file, version: there.version });
      else terminal.print(`XGBoost ${there.version} is there: ${there.file}`);
      terminal.say("churn setup native --force installs it anew");
      return;
    }
    if (typeof there === "string") terminal.say(`what is there can't be used and will be replaced: ${there}`);
    if (isOther) terminal.say(`XGBoost ${there.version} is there and will be replaced`);
    for (const line of planLines(wheel, root)) terminal.say(line);
    const other = asked === undefined ? "" : ` --version ${asked}`;
    const command = `churn setup native${other}${force ? " --force" : ""}`;
    const asking = { what: "setup native", before: "it downloads anything", command };
    if (!yes && !(await confirm(terminal, "Go on? [y/N] ", asking))) {
      terminal.say("nothing was changed");
      return;
    }

    using _ = endAtSignals();
    const tried = await holdWorkspace(
      workspace,
      "setup native",
      async () => {
        terminal.status(`pip installs ${wheel.name} ${wheel.version}`);
        try {
          return await installLibrary({
            wheel,
            root,
            environment,
            verify: async (library) => {
              terminal.status("trains on the sample");
              return { version: library.version, ...(await tryOut(library)) };
            },
          });
        } finally {
          terminal.status(undefined);
        }
      },
      // What pip has made so far goes when it fails: no run has anything to clear up after it.
      { tidy: true, onWait: waitingFor(terminal) },
    );
    tell(context, workspace, tried);
  },
});

/** The workspace's own library, why it can't be used, or undefined where there is none. */
async function thereAlready(root: string): Promise<Library | string | undefined> {
  const [file] = wheelFiles(join(root, NATIVE_FOLDER));
  if (file === undefined) return undefined;
  const loaded = await loadLibrary(file);
  return typeof loaded === "string" ? `${file}: ${loaded}` : loaded;
}

function planLines({ name, version, size }: Wheel, root: string): string[] {
  return [
    "This installs libxgboost, which trains in the place of churn's slower engine:",
    `  what   ${name} ${version} by pip; of it the library alone is used, no Python`,
    `  size   about ${size.download} MB to download, ${size.disk} MB on disk`,
    `  where  ${join(root, NATIVE_FOLDER)}`,
    "         a virtual environment; nothing else on this machine changes",
    "  then   it trains on churn's sample, and stays if that goes well",
  ];
}

function tell(
  { json, terminal }: CommandContext,
  { root, config, environment }: Workspace,
  { version, customers, rounds, seconds, logLoss, judged }: TryOut & Pick<Library, "version">,
): void {
  const [library = ""] = wheelFiles(join(root, NATIVE_FOLDER));
  if (json) {
    terminal.printJson({ installed: true, library, version, customers, rounds, seconds, log_loss: logLoss, judged });
  } else {
    for (const line of fitted(`XGBoost ${version} is installed: ${library}`, terminal.onScreen)) terminal.print(line);
    terminal.print(
      `tried out: ${rounds} trees on ${whole(customers)} customers of the sample in ${seconds.toFixed(2)} s,`,
    );
    terminal.print(`           log loss ${logLoss.toFixed(3)} on ${whole(judged)} others`);
  }
  for (const line of fitted(nextLine(config.train, environment.get(LIBRARY_VARIABLE)), terminal.interactive))
    terminal.say(line);
}

/** Whether a night will take it. */
function nextLine({ engine, library }: Workspace["config"]["train"], named: string | undefined): string {
  if (named !== undefined) return `${LIBRARY_VARIABLE} names another library, which goes before it: ${named}`;
  if (library !== undefined) return `train.library names another one, which goes before it: ${library}`;
  if (engine === "auto" || engine === "native") return `train.engine: ${engine} takes it from the next night on`;
  return `train.engine is ${engine} and doesn't take it; auto and native do`;
}
