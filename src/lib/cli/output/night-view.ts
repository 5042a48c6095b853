import type { NightView } from "../../supervise/view.ts";
import { shortRun } from "../../workspace/run-id.ts";
import { VERSIONS } from "../../workspace/versions.ts";
import type { Terminal } from "../command.ts";
import { visible } from "../visible.ts";
import { fitted } from "./fit.ts";
import { headerLine, STAGE_TEXT_COLUMN, stageLine, workingLine } from "./night-lines.ts";
import { tilde } from "./text.ts";

const FRAME_MS = 80;
/** Where what stands below a stage's line begins. */
const DETAIL_COLUMN = 6;

/** Draws a night on stderr: a line a stage when it ends and, on a terminal, the one at work. */
export function nightView(
  terminal: Terminal,
  options: { readonly verbose: boolean; readonly home: string | undefined },
): NightView {
  const chalk = terminal.chalk.stderr;
  let working: { name: string; startedAt: number; text: string; share: number | undefined } | undefined;
  let warnings: string[] = [];
  let frame = 0;
  let timer: NodeJS.Timeout | undefined;

  const say = (line: string, indent: number) => {
    for (const one of fitted(line, terminal.interactive, indent)) terminal.say(one);
  };
  const draw = () => {
    if (working === undefined) return;
    const seconds = (performance.now() - working.startedAt) / 1000;
    frame += 1;
    terminal.status(workingLine(chalk, { ...working, seconds, frame, width: terminal.columns }));
  };
  const rest = () => {
    clearInterval(timer);
    working = undefined;
    terminal.status(undefined);
  };

  return {
    nightStarts: ({ name, runId, root }) => {
      terminal.say(
        headerLine(chalk, { version: VERSIONS.churn, name, root: tilde(root, options.home), run: shortRun(runId) }),
      );
      terminal.say("");
    },
    stageStarts: ({ name, command }) => {
      if (options.verbose) terminal.say(`    ${chalk.cyan(visible(command))}`);
      working = { name, startedAt: performance.now(), text: "", share: undefined };
      if (!terminal.interactive) return;
      draw();
      timer = setInterval(draw, FRAME_MS);
    },
    stageProgress: (name, text, share) => {
      if (working?.name === name) working = { ...working, text, share };
    },
    stageWarns: (_, message) => {
      warnings.push(message);
    },
    nightStops: rest,
    stageEnds: (stage, details) => {
      rest();
      say(stageLine(chalk, stage), STAGE_TEXT_COLUMN);
      for (const warning of warnings) say(`    ${chalk.yellow("!")} ${visible(warning)}`, DETAIL_COLUMN);
      warnings = [];
      const failed = stage.status === "failed";
      if (failed && details.length > 0) terminal.say("");
      for (const line of details) terminal.say(`      ${failed ? visible(line) : chalk.dim(visible(line))}`);
    },
  };
}

/** Says nothing: `--quiet`. */
export const silentView: NightView = {
  nightStarts: () => {},
  stageStarts: () => {},
  stageProgress: () => {},
  stageWarns: () => {},
  stageEnds: () => {},
  nightStops: () => {},
};
