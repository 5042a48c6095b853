import { listed } from "../cli/numbers.ts";
import { isS3Address } from "../s3/address.ts";
import { isKnownStore } from "./known-store.ts";
import type { SoundWorkspace } from "./workspace.ts";

/**
 * Why the registry is not to be asked, in a sentence: where the sections that say which one it is, and of which model, are wrong, or a .env that
 * may say so is not read, nobody can tell it from another one. Undefined where it may be asked.
 */
export function whyUnasked({ broken, refusal }: Pick<SoundWorkspace, "broken" | "refusal">): string | undefined {
  const unknown = (["tracking", "register", "s3"] as const).filter((section) => broken.has(section));
  const first = [
    ...(unknown.length === 0 ? [] : [`${listed(unknown)} in churn.yaml`]),
    ...(refusal === undefined ? [] : [".env"]),
  ];
  return first.length === 0 ? undefined : `the registry was not asked: ${listed(first)} first`;
}

/**
 * Refuses a store that may be another one than churn.yaml and .env mean, unless it is the one that the folder has worked with. A bucket is not even
 * asked whether it is, where the two don't say at which server: that would be somebody else's.
 *
 * @throws {ChurnError} what is wrong with the two
 */
export async function requireSoundStore(workspace: SoundWorkspace): Promise<void> {
  const { wrong, broken, refusal, config } = workspace;
  if (wrong === undefined) return;
  const isRefused = refusal !== undefined;
  if (isS3Address(config.store) && (broken.has("s3") || isRefused)) throw wrong;
  if ((broken.has("store") || isRefused) && !(await isKnownStore(workspace))) throw wrong;
}
