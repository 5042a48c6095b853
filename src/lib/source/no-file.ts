import { type ChurnError, UsageError } from "../errors.ts";
import type { SourceSettings } from "./query.ts";
import { type Awaited, notThere } from "./ready.ts";

/** That a source has no file: a mistake in the path, unless source.wait says that today's may still come. */
export function noFile({ path, description, waits = false }: SourceSettings, awaited: Awaited): ChurnError {
  const what = `source.url: there is no file ${description}`;
  const past = `it is looked for at ${path}`;
  return waits ? notThere(what, awaited, past) : new UsageError(what, past);
}
