import { join } from "node:path";
import * as z from "zod";
import { jsonText, parseJson } from "../artifacts/json-text.ts";
import { InputError, ServiceError } from "../errors.ts";
import { orUndefined } from "../files/absent.ts";
import { writeFileAtomic } from "../files/atomic.ts";
import { machineError } from "../files/machine-error.ts";
import { readWithin } from "../files/within.ts";
import { isOlder, VERSIONS } from "../workspace/versions.ts";

/** The schema of churn.yaml that lies in the workspace, in churn's own folder. */
export const EDITOR_SCHEMA = ".churn/churn.schema.json";

/** The first line of churn.yaml: editors with a YAML language server then know its keys, their values and what they mean. */
export const EDITOR_LINE = `# yaml-language-server: $schema=${EDITOR_SCHEMA}`;

const signed = z.looseObject({ $comment: z.string().regex(/^churn \d+\.\d+\.\d+$/) });

/**
 * Writes the schema that an editor looks up, unless this churn or a newer one has written it. The workspace's lock is held.
 *
 * @param root  the workspace's folder
 */
export async function renewEditorSchema(root: string): Promise<void> {
  try {
    const path = join(root, EDITOR_SCHEMA);
    const writer = writerOf(await orUndefined(() => readWithin(root, path, "stored")));
    if (writer !== undefined && !isOlder(writer, VERSIONS.churn)) return;
    const { default: schema } = await import("../../../docs/schemas/churn.schema.json", { with: { type: "json" } });
    await writeFileAtomic(path, jsonText({ $comment: `churn ${VERSIONS.churn}`, ...schema }));
  } catch (error) {
    // No night fails for want of an editor's help.
    if (!(machineError(error, EDITOR_SCHEMA) instanceof ServiceError)) throw error;
  }
}

/** The churn that wrote the schema; undefined where there is none that says so. */
function writerOf(content: Uint8Array | undefined): string | undefined {
  if (content === undefined) return undefined;
  try {
    return signed.safeParse(parseJson(content, EDITOR_SCHEMA)).data?.$comment.slice("churn ".length);
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}
