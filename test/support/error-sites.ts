import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** A place in src where an error of churn's own is made. */
export interface ErrorSite {
  /** relative to src/lib, or src/ for what lies outside it */
  readonly file: string;
  readonly line: number;
  readonly kind: string;
  /** sentences that it can say, each as a pattern; undefined where it only hands a sentence on */
  readonly sentences: readonly RegExp[] | undefined;
  /** the text of its arguments */
  readonly given: readonly string[];
}

/** Classes of errors.ts and their likes, by name. */
const MADE = /\bnew (\w+(?:Error|Trouble))\(/g;
const NOT_OURS = /^(?:Error|TypeError|RangeError|CommanderError)$/;

/** All of them, found in the text: `new UsageError(message, hint, …)`. */
export async function errorSites(src: string): Promise<ErrorSite[]> {
  const files = (await readdir(src, { recursive: true })).filter((file) => file.endsWith(".ts")).sort();
  const sites = await Promise.all(
    files.map(async (file) => {
      const text = await readFile(join(src, file), "utf8");
      return [...text.matchAll(MADE)]
        .filter(([, kind = ""]) => !NOT_OURS.test(kind))
        .map(({ 0: { length }, 1: kind = "", index }): ErrorSite => {
          const place = { file: file.replace(/^lib\//, ""), line: text.slice(0, index).split("\n").length };
          const given = argumentsAt(text, index + length);
          // Its sentence is the signal's.
          if (kind === "InterruptedError") return { ...place, kind, given, sentences: undefined };
          const message = kind === "ChurnError" ? given[1] : given[0];
          return { ...place, kind, given, sentences: message === undefined ? undefined : sentencesOf(message, text) };
        });
    }),
  );
  return sites.flat();
}

/** The texts of a call's arguments; `at` is behind its bracket. */
function argumentsAt(text: string, at: number): string[] {
  const found: string[] = [];
  let from = at;
  for (let place = at; place < text.length; ) {
    const letter = text[place];
    if (letter === ")") return [...found, text.slice(from, place).trim()].filter((one) => one !== "");
    if (letter === ",") {
      found.push(text.slice(from, place).trim());
      from = place + 1;
    }
    place = after(text, place);
  }
  return found;
}

/** The place behind what stands at a place: a letter, or all of a text, a template or what brackets enclose. */
function after(text: string, place: number): number {
  const letter = text[place] ?? "";
  if (letter === '"' || letter === "'" || letter === "`") return afterQuoted(text, place);
  const closing = { "(": ")", "[": "]", "{": "}" }[letter];
  if (closing === undefined) return place + 1;
  let inside = place + 1;
  while (inside < text.length && text[inside] !== closing) inside = after(text, inside);
  return inside + 1;
}

function afterQuoted(text: string, place: number): number {
  const quote = text[place];
  let inside = place + 1;
  while (inside < text.length && text[inside] !== quote) {
    if (text[inside] === "\\") inside += 2;
    else if (quote === "`" && text.startsWith("${", inside)) inside = after(text, inside + 1);
    else inside += 1;
  }
  return inside + 1;
}

/** The sentences that an expression can be. */
function sentencesOf(expression: string, text: string): readonly RegExp[] | undefined {
  const pieces = piecesOf(expression);
  const [only] = pieces;
  if (pieces.length === 1 && only !== undefined && /^["'`]/.test(only)) return [pattern(only)];
  const question = pieces.indexOf("?");
  const colon = pieces.indexOf(":", question);
  if (question > 0 && colon > question) {
    const yes = sentencesOf(pieces.slice(question + 1, colon).join(" "), text);
    const no = sentencesOf(pieces.slice(colon + 1).join(" "), text);
    return yes === undefined || no === undefined ? undefined : [...yes, ...no];
  }
  if (!/^\w+$/.test(expression)) return undefined;
  // A constant of the same file.
  const [assigned] = [...text.matchAll(new RegExp(`\\bconst ${expression} =\\s*`, "g"))].slice(-1);
  if (assigned === undefined) return undefined;
  const start = assigned.index + assigned[0].length;
  const first = text[start] ?? "";
  return /["'`]/.test(first) ? [pattern(text.slice(start, after(text, start)))] : undefined;
}

/** Words, texts and signs of an expression. */
function piecesOf(expression: string): string[] {
  const pieces: string[] = [];
  for (let place = 0; place < expression.length; ) {
    const end = after(expression, place);
    const piece = expression.slice(place, end);
    const isPart =
      /^[\w.(]/.test(piece) && /[\w.)]$/.test(pieces.at(-1) ?? "") && !/\s/.test(expression[place - 1] ?? " ");
    if (isPart) pieces[pieces.length - 1] += piece;
    else if (piece.trim() !== "") pieces.push(piece);
    place = end;
  }
  return pieces;
}

/** A text or a template as a pattern: what it puts in may be anything. */
function pattern(quoted: string): RegExp {
  const inner = quoted.slice(1, -1);
  let source = "";
  for (let place = 0; place < inner.length; ) {
    if (quoted.startsWith("`") && inner.startsWith("${", place)) {
      source += "[\\s\\S]*";
      place = after(inner, place + 1);
    } else if (inner[place] === "\\") {
      source += escaped(JSON.parse(`"${inner.slice(place, place + 2).replace(/\\([`'$])/, "$1")}"`));
      place += 2;
    } else {
      source += escaped(inner[place] ?? "");
      place += 1;
    }
  }
  return new RegExp(`^${source}$`);
}

function escaped(letter: string): string {
  return letter.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}
