import type { Night } from "../workspace/night.ts";
import { atAGlance } from "./file-check.ts";
import { inspectNight } from "./night.ts";
import { damageOfVersionFrom, type VerificationRequest } from "./verify.ts";

type Registered = Pick<VerificationRequest, "archive" | "tracking" | "model">;

/** More names make no shorter sentence. */
const NAMED = 3;

/**
 * What a start that has nothing to do says of a decided night whose files, or the version made of them, are damaged: one
 * sentence, or undefined where a glance finds nothing. A server isn't asked, and no bucket: that start is to cost nothing.
 */
export async function damageInAWord(registered: Registered, night: Night): Promise<string | undefined> {
  const { archive } = registered;
  if (!archive.store.isLocal) return undefined;
  const inspection = await inspectNight(archive, night, atAGlance(archive.store));
  const isNear = await registered.tracking().then(
    ({ isLocal }) => isLocal,
    () => false,
  );
  const damage = [...inspection.damage, ...(isNear ? await damageOfVersionFrom(registered, night) : [])];
  const names = [...new Set(damage.map(({ file }) => file))];
  if (names.length === 0) return undefined;
  const others = names.length > NAMED ? ` and ${names.length - NAMED} more` : "";
  const verb = names.length === 1 ? "is" : "are";
  return `${names.slice(0, NAMED).join(", ")}${others} ${verb} damaged: churn verify --date ${night.name} says how, and what can be done`;
}
