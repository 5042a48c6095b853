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
    // The HTTP client sets memory aside as it loads, and most commands have no use for it.
    const { openHeartbeat } = await import("../../notify/heartbeat/heartbeat.ts");
    const reach = await openHeartbeat({ environment, root })?.reach(seconds * WAITS);
    return reach === undefined ? [] : [asWarning(findingOfReach(reach))];
  },
};

function asWarning(finding: Finding): Finding {
  return finding.state === "problem" ? warning(finding.text, finding.next) : finding;
}
