import type { ChalkInstance } from "chalk";
import { isCandidate, isInProduction } from "../../tracking/production.ts";
import type { RegisteredVersion } from "../../tracking/registered-version.ts";
import type { Hold } from "../../tracking/rejection.ts";
import type { ModelVersion } from "../../tracking/tracking.ts";
import type { Via } from "../../tracking/via.ts";
import { today } from "../../workspace/night.ts";
import { metric, whole } from "../numbers.ts";
import { LONGEST_NAME, visible } from "../visible.ts";
import { holdSentence } from "./promotion.ts";
import { type Column, tabulate } from "./table.ts";
import { SCREEN_WIDTH, wrap } from "./wrap.ts";

/** Letters of a reason. */
const LONGEST_REASON = 200;
/** An MLflow run id is 32 hex digits; so many tell runs apart for people. */
const RUN_ID_SHOWN = 7;

/** So many versions are shown, and all that are in use. */
const NEWEST_SHOWN = 20;

/** The versions that people look for, newest first: the newest ones, and older ones that are in a stage or have an alias. */
export function versionsShown(versions: readonly ModelVersion[]): readonly ModelVersion[] {
  const inUse = ({ stage, aliases }: ModelVersion) =>
    stage === "Production" || stage === "Staging" || aliases.length > 0;
  return versions.filter((version, index) => index < NEWEST_SHOWN || inUse(version));
}

/**
 * The registered model's versions as a table of at most 80 columns, newest first, and the next step.
 *
 * @param timezone  of the dates that aren't nights: when a version was promoted
 * @param older     versions that are not shown
 * @param via       register.via: what tells which one is in production, and which one the candidate
 * @param hold      what a rollback has asked for, as long as it lasts
 */
export function modelsLines(
  model: string,
  versions: readonly RegisteredVersion[],
  {
    chalk,
    timezone,
    older,
    via,
    hold,
  }: {
    readonly chalk: ChalkInstance;
    readonly timezone: string;
    readonly older: number;
    readonly via: Via;
    readonly hold: Hold | undefined;
  },
): string[] {
  const date = (time: Date) => today(timezone, time);
  const columns: readonly Column<RegisteredVersion>[] = [
    { title: "version", align: "right", cell: ({ version }) => String(version) },
    { title: "stage", cell: ({ stage }) => (stage === "None" ? "–" : stage) },
    { title: "date", cell: ({ night, createdAt }) => visible(night ?? date(createdAt), LONGEST_NAME) },
    { title: "F1", align: "right", cell: ({ f1 }) => measured(f1) },
    { title: "AUC", align: "right", cell: ({ aucRoc }) => measured(aucRoc) },
    { title: "rows", align: "right", cell: ({ rows }) => (rows === null ? "–" : whole(rows)) },
    { title: "run", cell: ({ runId }) => runId?.slice(0, RUN_ID_SHOWN) ?? "–" },
  ];
  const table = tabulate(versions, columns, { gap: 2, indent: 2 });
  const secondColumn = " ".repeat(table.header.indexOf("stage"));
  const notes = (version: RegisteredVersion) => {
    const named = version.aliases.map((alias) => visible(alias, LONGEST_NAME));
    const told = [...historyOf(version, via, date), ...(named.length === 0 ? [] : [`alias ${named.join(" and ")}`])];
    if (told.length === 0) return [];
    return wrap(told.join(", "), SCREEN_WIDTH - secondColumn.length).map((line) => chalk.dim(`${secondColumn}${line}`));
  };
  const rows = versions.flatMap((version, index) => [table.lines[index] ?? "", ...notes(version)]);

  const rest =
    older === 0
      ? []
      : [chalk.dim(`${secondColumn}and ${whole(older)} older ${older === 1 ? "one" : "ones"}: churn models --all`)];
  const held = hold === undefined ? [] : ["", ...wrap(`On hold: ${holdSentence(hold, timezone)}`, SCREEN_WIDTH)];
  // What was put into production in MLflow's pages may keep the alias of a candidate.
  const candidate = versions.find((one) => isCandidate(one, via) && !isInProduction(one, via));
  const next =
    candidate === undefined ? [] : ["", `Promote it:  ${chalk.cyan(`churn promote --version ${candidate.version}`)}`];
  return [visible(model), chalk.dim(table.header), ...rows, ...rest, ...held, ...next];
}

/** What was done to a version, as far as it matters now. */
function historyOf(version: RegisteredVersion, via: Via, date: (time: Date) => string): string[] {
  const by = (who: string | null) => (who === null ? "" : ` by ${visible(who, LONGEST_NAME)}`);
  const { rejection, promotedAt, promotedBy } = version;
  if (rejection !== null) {
    const when = rejection.at === null ? "" : ` ${date(rejection.at)}`;
    return [`rejected${when}${by(rejection.by)}: ${visible(rejection.reason, LONGEST_REASON)}`];
  }
  if (!isInProduction(version, via) || promotedAt === null) return [];
  return [`promoted ${date(promotedAt)}${by(promotedBy)}`];
}

/** What to say of a registry without versions, and what to do. */
export function noModelsLines(model: string, registry: string, chalk: ChalkInstance): string[] {
  return [`${visible(model)} has no versions yet in ${visible(registry)}`, `next   ${chalk.cyan("churn run-all")}`];
}

function measured(value: number | null): string {
  return value === null ? "–" : metric(value);
}
