import { isMap, parseDocument } from "yaml";

/**
 * A YAML map with all scalars as text, or what is wrong with it. Whoever writes into the folder may write anything: aliases
 * without an anchor, a thousand times a thousand of them, or lists as deep as the stack.
 */
export function plainYaml(text: string): unknown {
  try {
    const document = parseDocument(text, { schema: "failsafe", logLevel: "error" });
    const [syntaxError] = document.errors;
    if (syntaxError !== undefined) return syntaxError;
    if (!isMap(document.contents)) return new Error(text.trim() === "" ? "it is empty" : "it is no map of fields");
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
