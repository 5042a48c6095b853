import { findValues } from "./find-values.ts";
import { hasSecret, MASK, maskForms } from "./secrets.ts";

/** From this length on a secret is masked amid other letters too: a shorter one would be found in words and numbers. */
const LONG = 12;

/**
 * Makes a function that masks secrets in any text: the given values, and whatever has a secret's form. A value of twelve or
 * more characters is masked wherever it stands, as it is and as URLs, base64 (in a login's header too), JSON, SQL and shells
 * spell it; a shorter one where no letter or digit adjoins. What was masked once stays as it is.
 *
 * @param values  what must never be shown; the caller leaves out values too short to be told from other text
 */
export function redactor(values: Iterable<string>): (text: string) => string {
  const { long, short } = findersOf(values);
  const once = (text: string) => mask(mask(maskForms(text), long), short);
  return (text) => {
    let masked = once(text);
    // A mask in the place of a letter may leave a shorter secret alone that had a neighbour before.
    for (let before = text; masked !== before; ) [before, masked] = [masked, once(masked)];
    return masked;
  };
}

/** Makes a function that says whether any of these secrets stands in a text, or what beyond doubt has a secret's form. */
export function secretFinder(values: Iterable<string>): (text: string) => boolean {
  const { long, short } = findersOf(values);
  return (text) => hasSecret(text) || long(text).length > 0 || short(text).length > 0;
}

function findersOf(values: Iterable<string>) {
  const all = [...values];
  const isLong = (value: string) => value.length >= LONG;
  return {
    long: findValues(all.filter(isLong).flatMap((value) => [...spellings(value), ...withinBase64(value)])),
    short: findValues(
      all.filter((value) => !isLong(value)).flatMap((value) => spellings(value)),
      { alone: true },
    ),
  };
}

/**
 * Masks in every text of a value, and nothing else of it: numbers are no secrets, and the names of its fields are its
 * structure. So it is done before a value becomes JSON, or is laid out in a table, where a text that is wrapped would not be
 * recognised.
 */
export function redactWithin(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === "string") return redact(value);
  if (Array.isArray(value)) return value.map((part) => redactWithin(part, redact));
  if (typeof value !== "object" || value === null || "toJSON" in value) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, redactWithin(part, redact)]));
}

/** Fields that hold sentences, which people read and no stage goes by; of a model's address only the end counts. */
export const SENTENCES: ReadonlySet<string> = new Set([
  "reason",
  "problem",
  "detail",
  "details",
  "hint",
  "text",
  "message",
  "warnings",
  "source",
  "model_uri",
]);

/** Masks in the sentences of a value alone: in files that stages read again, where a name or an id must stay what it is. */
export function redactSentences(value: unknown, redact: (text: string) => string, isSentence = false): unknown {
  if (typeof value === "string") return isSentence ? redact(value) : value;
  if (Array.isArray(value)) return value.map((part) => redactSentences(part, redact, isSentence));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, redactSentences(part, redact, SENTENCES.has(name))]),
  );
}

function mask(text: string, find: ReturnType<typeof findValues>): string {
  let masked = "";
  let end = 0;
  for (const { from, to } of find(text)) {
    masked += text.slice(end, from) + MASK;
    end = to;
  }
  return end === 0 ? text : masked + text.slice(end);
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
    value.replaceAll("'", "''"),
    value.replaceAll("'", "'\\''"),
    ...inUrls,
    ...inUrls.map((form) => form.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())),
    ...bothAlphabets(bytes.toString("base64")),
  ];
}

/** What a value looks like in base64 amid other bytes, as in user:password of a Basic header. */
function withinBase64(value: string): string[] {
  const bytes = Buffer.from(value, "utf8");
  return [0, 1, 2].flatMap((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
    // A letter of base64 is six bits; only those that lie wholly within our bytes are always the same.
    const first = Math.ceil((before * 8) / 6);
    const end = Math.floor(((before + bytes.length) * 8) / 6);
    return bothAlphabets(text.slice(first, end));
  });
}

function bothAlphabets(base64: string): string[] {
  return [base64, base64.replaceAll("+", "-").replaceAll("/", "_")];
}
