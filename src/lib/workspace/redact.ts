const MASK = "***";
const USERINFO = /([a-z][a-z0-9+.-]*:\/\/[^\s/?#@:"'<>]*):[^\s/?#"'<>]*@/gi;

/**
 * Makes a function that masks secrets in any text: each value as it is, as URLs, base64 and JSON spell it, and the
 * password of any URL (scheme://user:***@host).
 *
 * @param values  what must never be shown; the caller leaves out values too short to be told from other text
 */
export function redactor(values: Iterable<string>): (text: string) => string {
  const forms = new Set<string>();
  for (const value of values) for (const form of spellings(value)) forms.add(form);
  forms.delete("");
  if (forms.size === 0) return maskUserinfo;
  const longestFirst = [...forms].sort((a, b) => b.length - a.length);
  const known = new RegExp(longestFirst.map(escapePattern).join("|"), "g");
  return (text) => maskUserinfo(text.replace(known, MASK));
}

/** Whether a text holds a URL with a password in it. */
export function hasPassword(text: string): boolean {
  return text.search(USERINFO) >= 0;
}

/** Masks in every text of a value: before it is laid out in a table, where a text that is wrapped would not be recognised. */
export function redactWithin(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === "string") return redact(value);
  if (Array.isArray(value)) return value.map((part) => redactWithin(part, redact));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, redactWithin(part, redact)]));
}

function maskUserinfo(text: string): string {
  return text.replace(USERINFO, `$1:${MASK}@`);
}

function spellings(value: string): string[] {
  const bytes = Buffer.from(value, "utf8");
  // Half a surrogate pair is no character, and encodeURIComponent throws on it.
  const wellFormed = bytes.toString("utf8");
  const percent = encodeURIComponent(wellFormed);
  const strict = percent.replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);
  const inUrls = [percent, strict, encodeURI(wellFormed), new URLSearchParams({ v: wellFormed }).toString().slice(2)];
  return [
    value,
    wellFormed,
    JSON.stringify(value).slice(1, -1),
    ...inUrls,
    ...inUrls.map((form) => form.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())),
    ...inBase64(bytes),
  ];
}

/** Base64 of the bytes alone, and what they look like amid other bytes, as in user:password of a Basic header. */
function inBase64(bytes: Buffer): string[] {
  const standard = [bytes.toString("base64")];
  for (const before of [0, 1, 2]) {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
    // A letter of base64 is six bits; only those that lie wholly within our bytes are always the same.
    const first = Math.ceil((before * 8) / 6);
    const end = Math.floor(((before + bytes.length) * 8) / 6);
    if (end - first >= 5) standard.push(text.slice(first, end));
  }
  return standard.flatMap((text) => [text, text.replaceAll("+", "-").replaceAll("/", "_")]);
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
