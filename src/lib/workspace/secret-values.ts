import { isMaskable, isSecretName, secretForms } from "./secrets.ts";

/** A longer one holds no single secret's name. */
const LONGEST_FIELD = 60;
/** FIELD=VALUE, with or without quotes or ODBC's braces, as in connection strings and options of a command. */
const PAIR = /(?<![\w.])([a-z][\w.-]{0,60}) ?= ?("[^"\n]*"|'[^'\n]*'|\{[^}\n]*\}|[^\s;&,"']+)/gi;
/** FIELD: VALUE on a line of its own, as in YAML. */
const LINE = /^[ \t-]{0,60}["']?([a-z][\w.-]{0,60})["']?:[ \t]{1,60}(\S(?:.*\S)?)\s*$/gim;
/** What a URL can stand in: it has no blank or quote of its own. */
const WORD = /[^\s"'<>]+/g;
/** Of an address that somebody mistyped, too: http:me:word@host, https//me:word@host. */
const END_OF_SCHEME = /[a-z0-9+.-]:\/\/|^https?(?::\/?|\/\/)(?!\/)/i;
/** A shorter path of an address is a word that stands anywhere: /webhook. */
const SHORTEST_PATH = 16;
/** A line shorter than this is no part by which a secret of several lines is known. */
const SHORTEST_LINE = 12;

/**
 * What must be masked because a variable holds it: the values of secrets' names, and what has a secret's form in any other.
 *
 * @param variables  names and values
 */
export function secretsIn(variables: Iterable<readonly [name: string, value: string]>): string[] {
  const found = [...variables].flatMap(([name, value]) => [
    ...(isSecretName(name) ? wholeAndParts(value) : []),
    ...withinText(value),
  ]);
  return [...new Set(found)].filter(isMaskable);
}

/**
 * A secret as it is, and what of it may be shown alone: its lines, the token behind Bearer, the password behind user:, the path and
 * the query of an address
 */
function wholeAndParts(value: string): string[] {
  const trimmed = value.trim();
  const lines = /\p{Cc}/u.test(trimmed)
    ? trimmed.split(/\p{Cc}+/u).filter(({ length }) => length >= SHORTEST_LINE)
    : [];
  const [, credentials = ""] = /^(?:authorization:\s*)?(?:basic|bearer|token)\s+(\S+)$/i.exec(trimmed) ?? [];
  const [, password = ""] = /^[^\s:/]{1,100}:([^\s/]\S*)$/.exec(trimmed) ?? [];
  return [value, trimmed, ...lines, credentials, password, ...partsOfAddress(trimmed)];
}

/** What follows the host, which may be joined to something else: BASE?create=1 becomes BASE/start?create=1&rid=… */
function partsOfAddress(text: string): string[] {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return [];
  const { pathname, search } = new URL(text);
  return [pathname.replace(/^\/+|\/+$/g, ""), search.slice(1)].filter(
    (part) => part.length >= SHORTEST_PATH && /\d/.test(part),
  );
}

/** Secrets within a text that is none itself. */
function withinText(text: string): string[] {
  return [...secretForms(text), ...passwordsOfUrls(text), ...fieldsOfPairs(text), ...fieldsOfJson(text)].flatMap(
    (secret) => [secret, unescaped(secret), unquoted(secret)],
  );
}

function passwordsOfUrls(text: string): string[] {
  return /:\/\/|https?[:/]/i.test(text) ? (text.match(WORD) ?? []).flatMap(passwordWithin) : [];
}

/**
 * What stands between the first colon and the last @ behind a word's scheme://: where a password ends depends on whom one asks
 * when it has an @ or a / in it. Each letter is looked at once, and not anew from every :// in it.
 */
function passwordWithin(word: string): string[] {
  const end = word.lastIndexOf("@");
  const scheme = END_OF_SCHEME.exec(word);
  if (scheme === null) return [];
  const colon = word.indexOf(":", scheme.index + scheme[0].length);
  return colon < 0 || colon > end ? [] : [word.slice(colon + 1, end)];
}

function fieldsOfPairs(text: string): string[] {
  return [...text.matchAll(PAIR), ...text.matchAll(LINE)].flatMap(([, field = "", value = ""]) =>
    isSecretField(field) ? [unquoted(value.replace(/\s+#.*$/, ""))] : [],
  );
}

function fieldsOfJson(text: string): string[] {
  if (!/^\s*[[{]/.test(text)) return [];
  const found: string[] = [];
  try {
    JSON.parse(text, (field, value: unknown) => {
      if (typeof value === "string" && isSecretField(field)) found.push(...wholeAndParts(value));
    });
  } catch {
    // Not JSON: then it has no fields.
  }
  return found;
}

/** A key alone is the name of anything: "sort by key = customer_id". */
function isSecretField(field: string): boolean {
  return field.length <= LONGEST_FIELD && !/^keys?$/i.test(field) && isSecretName(field);
}

function unquoted(text: string): string {
  return text.replace(/^(["'])(.*)\1$|^\{(.*)\}$/s, "$2$3");
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
