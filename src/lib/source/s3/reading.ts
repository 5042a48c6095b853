import { ChurnError, ServiceError, TryLaterError, UsageError } from "../../errors.ts";
import type { SourceObject, SourceSession } from "../source.ts";

/** What paths of the copies begin with becomes this. */
export const BUCKETS = "s3://";

/**
 * What the readers of files say about copies of objects, as sentences about the objects; any other error comes back as it is.
 *
 * @param roots  folders that the copies lie in, as BUCKET/KEY
 */
export function ofObjects(error: unknown, roots: readonly string[]): unknown {
  if (!(error instanceof ChurnError)) return error;
  const { message, hint = "", details } = error;
  if (![message, hint, ...details].some((text) => roots.some((root) => text.includes(root)))) return error;
  const objects = (text: string) => roots.reduce((said, root) => said.replaceAll(`${root}/`, BUCKETS), text);
  const says = objects(message).split("\n");
  const next = error.hint === undefined ? undefined : objects(hint).split("\n");
  const options = { cause: error, details: details.map(objects) };
  if (error instanceof TryLaterError) return new TryLaterError(says, next, options);
  if (error instanceof UsageError) return new UsageError(says, next, options);
  return error instanceof ServiceError ? new ServiceError(says, next, options) : error;
}

/** A session over copies, which speaks of the objects; with it go the copies' names. */
export function objectsSession(
  session: SourceSession,
  {
    roots,
    objects,
    held,
    name,
  }: Pick<SourceSession, "name"> & {
    readonly roots: readonly string[];
    readonly objects: readonly SourceObject[];
    readonly held: Disposable;
  },
): SourceSession {
  const translated = async <T>(answer: Promise<T>): Promise<T> => {
    try {
      return await answer;
    } catch (error) {
      throw ofObjects(error, roots);
    }
  };
  return {
    ...session,
    name,
    objects: objects.map(({ key, size_bytes, sha256 }) => ({ key, size_bytes, sha256 })),
    newestDate: (column, today) => translated(session.newestDate(column, today)),
    count: (day) => translated(session.count(day)),
    load: (table, wanted) => translated(session.load(table, wanted)),
    async [Symbol.asyncDispose]() {
      try {
        await session[Symbol.asyncDispose]();
      } finally {
        held[Symbol.dispose]();
      }
    },
  };
}
