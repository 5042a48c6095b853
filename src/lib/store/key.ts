import { UsageError } from "../errors.ts";

/** Where keys begin. The store may lie in a folder of other things, which are nobody's to look through. */
export const FOLDERS = ["raw", "processed", "features", "models", "records", "notifications", "ledger"] as const;

/**
 * A key as somebody has typed it.
 *
 * @throws {UsageError} when it is none: it leads out of the store, or to what the store only lies beside
 */
export function requireKey(text: string): string {
  const [folder = "", ...rest] = text.split("/");
  const isPlain = rest.length > 0 && rest.every((part) => part !== "" && part !== "." && part !== "..");
  if (isPlain && !text.includes("\0") && FOLDERS.some((known) => known === folder)) return text;
  throw new UsageError(
    `${JSON.stringify(text)} is no key of the store: keys begin with ${FOLDERS.join("/, ")}/ and hold no ..`,
    "churn ls --date DATE lists a night's keys",
  );
}
