import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type ParsedNode,
  parseDocument,
} from "yaml";

/** A text of YAML 1.2 as plain values, with the line that each key stands on. */
export interface YamlText {
  readonly value: unknown;
  /** The line of a key or a list's entry, counted from 1; of the nearest one above it where it isn't in the text itself. */
  lineOf(path: readonly PropertyKey[]): number;
}

/** Why a text is no YAML that churn takes; lines and columns count from 1. */
export class YamlProblem extends Error {
  override readonly name = "YamlProblem";
  readonly line: number;
  readonly column: number;

  constructor(reason: string, line: number, column: number) {
    super(reason);
    this.line = line;
    this.column = column;
  }
}

/** Levels of a value that is nested: churn.yaml has four, and what walks through a value calls itself at each. */
export const DEEPEST = 100;
export const TOO_DEEP = `this is nested more than ${DEEPEST} levels deep`;

/**
 * Parses YAML 1.2: yes, no and dates are text. Anchors, aliases and tags are refused, since a value then isn't where
 * one reads it; so is the name __proto__, which JavaScript has a use of its own for.
 *
 * @throws {YamlProblem}
 */
export function parseYaml(text: string): YamlText {
  const lines = new LineCounter();
  const document = parseDocument(text, { version: "1.2", prettyErrors: false, uniqueKeys: false, lineCounter: lines });
  const [error] = [...document.errors, ...document.warnings];
  if (error !== undefined) throw problemAt(lines, error.pos[0], plainReason(error.code, error.message));

  const starts = new Map<string, number>();
  const value = new Reader(lines, starts).read(document.contents, []);
  return {
    value,
    lineOf: (path) => {
      for (let length = path.length; length > 0; length--) {
        const start = starts.get(keyOf(path.slice(0, length)));
        if (start !== undefined) return lines.linePos(start).line;
      }
      return lines.linePos(firstOffset(document)).line;
    },
  };
}

/** Turns nodes into values and notes where each key begins. */
class Reader {
  readonly #lines: LineCounter;
  readonly #starts: Map<string, number>;

  constructor(lines: LineCounter, starts: Map<string, number>) {
    this.#lines = lines;
    this.#starts = starts;
  }

  read(node: unknown, path: readonly PropertyKey[]): unknown {
    if (isAlias(node)) throw this.#problem(node, `*${node.source} is an alias, write the value itself`);
    if (isScalar(node) || isMap(node) || isSeq(node)) {
      if (node.anchor !== undefined) throw this.#problem(node, `&${node.anchor} is an anchor, leave it out`);
    }
    if (isScalar(node)) return node.value;
    if (path.length >= DEEPEST && (isSeq(node) || isMap(node))) throw this.#problem(node, TOO_DEEP);
    if (isSeq(node)) {
      return node.items.map((item, index) => {
        this.#note([...path, index], item);
        return this.read(item, [...path, index]);
      });
    }
    if (isMap(node)) {
      const entries = new Map<string, unknown>();
      for (const { key, value } of node.items) {
        const name = this.#name(key, node);
        const own = [...path, name];
        const before = this.#starts.get(keyOf(own));
        if (before !== undefined) {
          const { line } = this.#lines.linePos(before);
          throw this.#problem(key, `${own.map(String).join(".")} is there twice, first in line ${line}`);
        }
        this.#note(own, key);
        entries.set(name, this.read(value, own));
      }
      return Object.fromEntries(entries);
    }
    return null;
  }

  #name(key: unknown, map: Node): string {
    if (!isScalar(key) || key.value === null || key.value === "") {
      throw this.#problem(key ?? map, "a key must be a name");
    }
    const name = key.source ?? String(key.value);
    if (name === "__proto__") throw this.#problem(key, "__proto__ can't be a name here");
    return name;
  }

  #note(path: readonly PropertyKey[], node: unknown): void {
    this.#starts.set(keyOf(path), startOf(node));
  }

  #problem(node: unknown, reason: string): YamlProblem {
    return problemAt(this.#lines, startOf(node), reason);
  }
}

function startOf(node: unknown): number {
  return (isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range?.[0] : undefined) ?? 0;
}

function firstOffset(document: Document.Parsed<ParsedNode>): number {
  return document.contents?.range[0] ?? 0;
}

function problemAt(lines: LineCounter, offset: number, reason: string): YamlProblem {
  const { line, col } = lines.linePos(offset);
  return new YamlProblem(reason, line, col);
}

function keyOf(path: readonly PropertyKey[]): string {
  return JSON.stringify(path.map(String));
}

/** The parser's reason in the words of someone who writes configuration. */
function plainReason(code: string, message: string): string {
  if (/end with a? ?\}/.test(message)) {
    return "the map that begins with { has no }, or goes on without indentation";
  }
  if (/end with a? ?\]/.test(message)) {
    return "the list that begins with [ has no ], or goes on without indentation";
  }
  if (/^Missing closing/.test(message)) return "a quotation mark is not closed";
  if (/followed by map values/.test(message)) return "a key without a colon after it";
  if (/^Unexpected block-seq-ind/.test(message)) return "a list's first - belongs on a line of its own";
  if (/^Unexpected flow-(?:map|seq)-end/.test(message)) return "a bracket is closed that was not opened";
  if (/^Unexpected scalar at node end/.test(message)) return "text after the end of a value, quote the whole value";
  if (/Missing , /.test(message)) return "a comma is missing between two entries";
  return REASONS[code] ?? message;
}

const REASONS: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: "a tab indents this line, YAML takes spaces only",
  BAD_INDENT: "this line is indented differently from its neighbours",
  BLOCK_AS_IMPLICIT_KEY: "a second colon in one line, or a line indented too far; quote a value with a colon in it",
  MULTILINE_IMPLICIT_KEY: "a key without a colon after it, or a line that should be indented",
  BLOCK_IN_FLOW: "a comma is missing between two entries",
  BAD_SCALAR_START: "a value that begins with this character must be quoted",
  BAD_DQ_ESCAPE: "a backslash within double quotes begins an escape, use single quotes",
  MULTIPLE_DOCS: "a second document begins here (---), one is expected",
  RESOURCE_EXHAUSTION: TOO_DEEP,
  TAG_RESOLVE_FAILED: "a tag (!name) is not understood here, quote the value if it is text",
};
