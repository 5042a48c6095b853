import * as z from "zod";
import { type Command, type CommandContext, defineCommand, type Terminal } from "../lib/cli/command.ts";
import { listed } from "../lib/cli/numbers.ts";
import { labelled } from "../lib/cli/output/labelled.ts";
import { watchdogLines, wellLines } from "../lib/cli/output/watchdog.ts";
import { commandsAt } from "../lib/cli/shell.ts";
import type { Stage } from "../lib/stage/define.ts";
import { type WatchdogReport, watchdogFormat } from "../lib/watchdog/report.ts";
import { holdStateIfPossible } from "../lib/watchdog/state.ts";
import { watch } from "../lib/watchdog/watch.ts";
import { openServices } from "../lib/workspace/services.ts";
import { openSoundWorkspace } from "../lib/workspace/workspace.ts";

const flags = z.strictObject({
  dry_run: z.boolean().default(false).describe("say what would be told, and send nothing"),
  quiet: z.boolean().default(false).describe("say nothing unless something new is found"),
});
type Flags = z.infer<typeof flags>;

/**
 * Looks whether nights come, and whether what they need lasts, and tells the team of what a person should look at: once. It takes no lock
 * of a run's, and waits for none.
 */
export function watchdog(stages: readonly Stage[]): Command<typeof flags> {
  return defineCommand({
    name: "watchdog",
    group: "A night",
    summary: "tells the team once when nights don't come",
    flags,

    async run(context, given) {
      const workspace = await openSoundWorkspace(context);
      await using services = openServices(workspace, context.terminal.print);
      const { terminal, now, json } = context;
      const held = given.dry_run
        ? undefined
        : await holdStateIfPossible(workspace.root, (warning) => warn(terminal, warning));
      try {
        const report = await watch({ workspace, services, stages, now }, held);
        if (json) terminal.printJson(watchdogFormat.write(report));
        else show(context, given, report, workspace.root);
        return report.exit_code;
      } finally {
        held?.close();
      }
    },
  });
}

function show(
  { terminal, commands }: CommandContext,
  { quiet, dry_run }: Flags,
  { findings, well, notes, told }: WatchdogReport,
  root: string,
): void {
  const isNews = findings.some(({ is_new }) => is_new);
  if (quiet && !isNews) return;
  const { stdout, stderr } = terminal.chalk;
  if (findings.length === 0) for (const line of wellLines({ well })) terminal.print(line);
  const lines = watchdogLines(stdout, findings, (command) => commandsAt(root, command, commands));
  for (const line of lines) terminal.print(line);
  for (const note of notes) say(terminal, "note", note, stderr.dim);
  if (findings.length === 0) return;
  if (dry_run) say(terminal, "told", "nobody: --dry-run sends nothing", stderr.dim);
  const sent = told.flatMap(({ channel, outcome }) => (outcome === "sent" && channel !== "terminal" ? [channel] : []));
  if (sent.length > 0) say(terminal, "told", `${isNews ? "" : "before, "}by ${listed(sent)}`, stderr.dim);
  for (const { channel, outcome, detail } of told) {
    if (outcome === "pending") warn(terminal, `${channel} has not been told yet: ${detail}`);
    if (outcome === "unknown") warn(terminal, `whether ${channel} was told is unknown: ${detail}`);
  }
}

function say(terminal: Terminal, label: string, text: string, paint: (label: string) => string): void {
  for (const line of labelled(label, text, paint)) terminal.say(line);
}

function warn(terminal: Terminal, text: string): void {
  say(terminal, "warning", text, terminal.chalk.stderr.yellow);
}
