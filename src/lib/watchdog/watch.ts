import { deliveriesOf } from "../notify/outbox/format.ts";
import { lookAtAll, type Watching } from "./look-at-all.ts";
import { inOrder, newsOf } from "./once.ts";
import type { WatchdogReport } from "./report.ts";
import { type HeldState, readState, type WatchdogState } from "./state.ts";
import { tellTeam } from "./tell-team.ts";

/** With something found, whoever is told of it. */
const FOUND = 5;

/**
 * Looks once, and tells what is new.
 *
 * @param held  what was told; undefined where nothing is to be told
 */
export async function watch(watching: Watching, held: HeldState | undefined): Promise<WatchdogReport> {
  const { root } = watching.workspace;
  const state = held === undefined ? await readState(root) : held.state;
  const looks = await lookAtAll(watching);
  const at = new Date().toISOString();
  const found = looks.flatMap(({ findings }) => findings);
  const unjudged = looks.flatMap((one) => one.unjudged);
  const news = newsOf(state, found, unjudged, at);
  const findings = inOrder(found, news, at);
  const told = held === undefined ? undefined : await tellTeam(watching, held, { findings, news });
  return {
    checked_at: at,
    workspace: root,
    findings: [...findings],
    well: looks.flatMap(({ well }) => well),
    notes: looks.flatMap(({ notes }) => notes),
    cleared: [...news.cleared],
    told: told === undefined ? [] : receiptsIn(told),
    exit_code: findings.length === 0 ? 0 : FOUND,
  };
}

function receiptsIn({ channels }: WatchdogState): WatchdogReport["told"] {
  return deliveriesOf({ channels }).map(([channel, { state, detail }]) => ({
    channel,
    outcome: state === "sent" || state === "unknown" ? state : "pending",
    detail,
  }));
}
