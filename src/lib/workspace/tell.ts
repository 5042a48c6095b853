import type { CommandContext } from "../cli/command.ts";
import { listed } from "../cli/numbers.ts";
import { warn } from "../cli/output/warn.ts";
import type { ConfigSection } from "../config/schema.ts";
import { firstLineOf } from "../errors.ts";
import { requireSoundStore, whyUnasked } from "./sound.ts";
import { openSoundWorkspace, type SoundWorkspace } from "./workspace.ts";

/** A workspace that is looked at for what happened in it. */
export interface ToldWorkspace extends SoundWorkspace {
  /** why its registry is not to be asked, which nobody can tell from another one; undefined where it may be */
  readonly unasked: string | undefined;
}

/** Of more than these no list is read. */
const MOST_SECTIONS = 4;

/**
 * Opens the workspace for who tells what happened, which a slip of the pen in churn.yaml has not changed: what is wrong is warned of, and
 * has its defaults. A store that isn't sure to be the one that is meant is the one that the folder has worked with, or none.
 *
 * @param options.reads  whether the store is read; what lies in the folder alone is there wherever the store is
 * @throws {ChurnError} what is wrong, where the store's place isn't known for it
 */
export async function openToTell(
  context: Pick<CommandContext, "cwd" | "goTo" | "env" | "overrides" | "terminal">,
  { reads = true }: { readonly reads?: boolean } = {},
): Promise<ToldWorkspace> {
  const workspace = await openSoundWorkspace(context, { unread: true });
  const { wrong, broken } = workspace;
  if (wrong === undefined) return { ...workspace, unasked: undefined };
  if (reads) await requireSoundStore(workspace);
  const defaults = broken.size === 0 ? "" : `; defaults stand for ${namesOf(broken)}`;
  warn(context.terminal, `${firstLineOf(wrong)}${defaults}; churn doctor shows all of it`);
  return { ...workspace, unasked: whyUnasked(workspace) };
}

function namesOf(sections: ReadonlySet<ConfigSection>): string {
  return sections.size > MOST_SECTIONS ? "all that it says" : listed([...sections]);
}
