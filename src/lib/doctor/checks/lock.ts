import { accessSync, constants, existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { knownError, machineError } from "../../files/machine-error.ts";
import { probeFolder } from "../../files/probe.ts";
import type { Store } from "../../store/store.ts";
import { type LockHolder, lockHolder } from "../../workspace/lock-holder.ts";
import { inWallClock } from "../../workspace/timezone.ts";
import { amiss } from "../amiss.ts";
import { type Finding, fine, type PlaceCheck, START, warning } from "../check.ts";

/** Who works in the workspace, or on its store, right now. The locks are looked at, and neither taken nor waited for. */
export const lock: PlaceCheck = {
  kind: "place",
  name: "lock",
  stage: START,
  differsBy: "state",
  look: async ({ root, opened }) => {
    if (root.kind === "missing") return [{ state: "unknown", text: "not looked at: a workspace first" }];
    const file = join(root.value, ".churn", "lock");
    const wrong = await amiss([async () => requireTakable(file)]);
    if (wrong.length > 0) return wrong;
    const ofStore = opened === undefined || opened.broken.has("store") ? null : await holderOf(opened.store);
    const holders = [await lockHolder(file), ofStore ?? undefined].filter((holder) => holder !== undefined);
    const living = holders.filter(({ lives }) => lives);
    // Without a churn.yaml that says one: the clocks of UTC.
    const shown = (holder: LockHolder) => inWallClock(holder.text, opened?.config.timezone ?? "UTC");
    if (living.length > 0) return distinct(living).map((holder) => heldFinding(shown(holder)));
    if (ofStore === null) return [{ state: "unknown", text: "not looked at: the store first" }];
    return [freeFinding(holders[0] && shown(holders[0]))];
  },
};

/** Null where the store can't be asked, which its own check tells. */
async function holderOf(store: Store): Promise<LockHolder | undefined | null> {
  try {
    return await store.holder();
  } catch (error) {
    if (knownError(error) === undefined) throw error;
    return null;
  }
}

/** That a run could open the lock's file; it isn't made. */
function requireTakable(file: string): void {
  try {
    if (existsSync(file)) accessSync(file, constants.R_OK | constants.W_OK);
    else probeFolder(dirname(file));
  } catch (error) {
    throw machineError(error, `${file} can't be opened`);
  }
}

/** A workspace and a store in one folder are held by the same run. */
function distinct(holders: readonly LockHolder[]): readonly LockHolder[] {
  return holders.filter(({ text }, index) => holders.findIndex((one) => process(one) === process({ text })) === index);
}

function process({ text }: Pick<LockHolder, "text">): string {
  return text.replace(/, since \S+$/, "");
}

function heldFinding(text: string): Finding {
  return warning(`held: ${text}`, "another run ends with 75 until that one has ended");
}

function freeFinding(left: string | undefined): Finding {
  return fine(left === undefined ? "free" : `free; the last run failed or was killed: ${left}`);
}
