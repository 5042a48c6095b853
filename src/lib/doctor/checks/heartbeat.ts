import { openHeartbeat } from "../../notify/heartbeat/heartbeat.ts";
import { isBeatAsked } from "../../supervise/beat.ts";
import { findingOfReach, WAITS } from "../channel-check.ts";
import { type Finding, type WorkspaceCheck, warning } from "../check.ts";

/** The service that hears of each run: its host alone, since whoever asks for more has told it of one. No run fails for it. */
export const heartbeat: WorkspaceCheck = {
  kind: "workspace",
  name: "heartbeat",
  reads: [],
  applies: ({ environment }) => isBeatAsked(environment),
  look: async ({ environment, root }, { doing, seconds }) => {
    doing("the heartbeat's service", "warning");
    const reach = await openHeartbeat({ environment, root })?.reach(seconds * WAITS);
    return reach === undefined ? [] : [asWarning(findingOfReach(reach))];
  },
};

function asWarning(finding: Finding): Finding {
  return finding.state === "problem" ? warning(finding.text, finding.next) : finding;
}
