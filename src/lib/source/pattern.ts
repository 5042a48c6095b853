const WILDCARD = /[*?[]/;

/** Whether a name is to be taken as a pattern, unless something is called so. */
export function hasWildcard(name: string): boolean {
  return WILDCARD.test(name);
}

/**
 * What a pattern for one name matches: `*` any text, `?` one character, `[abc]`, `[a-z]` and `[!a-z]` one of a class, all else
 * itself. Names that `isHidden` are matched only by a pattern that begins as they do.
 */
export function nameMatcher(pattern: string): (name: string) => boolean {
  const tokens = pattern.match(/\*|\?|\[[!^]?\]?[^\]]*\]|[\s\S]/gu) ?? [];
  const expression = new RegExp(`^${tokens.map(tokenExpression).join("")}$`, "su");
  return (name) => expression.test(name) && (!isHidden(name) || pattern[0] === name[0]);
}

function tokenExpression(token: string): string {
  if (token === "*") return ".*";
  if (token === "?") return ".";
  if (token.length === 1 || token[0] !== "[") return token.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  const negated = /^\[[!^]/.test(token);
  const members = token.slice(negated ? 2 : 1, -1).replace(/[\\^[\]]/g, "\\$&");
  return `[${negated ? "^" : ""}${members}]`;
}

/**
 * What Spark and Hadoop put beside the files of a table, or write for a while before a file gets its name. A column of Spark's
 * may begin with an underscore: `_day=2026-11-23` is a folder like another.
 */
export function isHidden(name: string): boolean {
  return /^\./.test(name) || /^_[^=]*$/.test(name) || name.endsWith("._COPYING_");
}
