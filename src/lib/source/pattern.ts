import { UsageError } from "../errors.ts";

const WILDCARD = /[*?[]/;

/** Whether a name is to be taken as a pattern, unless something is called so. */
export function hasWildcard(name: string): boolean {
  return WILDCARD.test(name);
}

/**
 * What a pattern for one name matches: `*` any text, `?` one character, `[abc]`, `[a-z]` and `[!a-z]` one of a class, all else
 * itself. Names that are `isHidden` are matched only by a pattern that begins as they do.
 *
 * @throws {UsageError} when a class goes backwards
 */
export function nameMatcher(pattern: string): (name: string) => boolean {
  const tokens = pattern.match(/\*|\?|\[[!^]?\]?[^\]]*\]|[\s\S]/gu) ?? [];
  const expression = expressionOf(tokens.map(tokenExpression).join(""), pattern);
  return (name) => expression.test(name) && (!isHidden(name) || pattern[0] === name[0]);
}

function expressionOf(source: string, pattern: string): RegExp {
  try {
    return new RegExp(`^${source}$`, "su");
  } catch (error) {
    throw new UsageError(`source.url: ${pattern} is no pattern`, "a class of characters is [abc] or [a-z]", {
      cause: error,
    });
  }
}

function tokenExpression(token: string): string {
  if (token === "*") return ".*";
  if (token === "?") return ".";
  if (token.length < 3 || token[0] !== "[") return token.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  const negated = token.length > 3 && /^\[[!^]/.test(token);
  const members = token.slice(negated ? 2 : 1, -1).replace(/[\\^[\]]/g, "\\$&");
  return `[${negated ? "^" : ""}${members}]`;
}

/**
 * What Spark and Hadoop put beside the files of a table, or write for a while before a file gets its name. A column of Spark's
 * may begin with an underscore: `_day=2026-11-23` is a folder like another.
 */
export function isHidden(name: string): boolean {
  return name.startsWith(".") || /^_[^=]*$/.test(name) || name.endsWith("._COPYING_");
}
