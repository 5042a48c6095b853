import { InputError, RESTORE_HINT } from "../errors.ts";

/** A value as the text of a file: indented, for people read it too. */
export function jsonText(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/**
 * What a file holds.
 *
 * @param where  which file, for the message
 * @throws {InputError} when it is cut short or no JSON at all
 */
export function parseJson(content: Uint8Array, where: string): unknown {
  try {
    return JSON.parse(Buffer.from(content).toString("utf8"));
  } catch (error) {
    throw new InputError(`${where} is damaged: it is not whole JSON`, RESTORE_HINT, { cause: error });
  }
}
