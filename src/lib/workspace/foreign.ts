/**
 * Which of an error's words are another program's: a database's, a parser's, a command's. They may quote what it read, and so a
 * customer, and nobody can tell where. Whoever hands such words on names the error that they come from as the cause, as is
 * done anyway, and they are found again: a new place that quotes a foreign error need not know of this.
 */

/** What an error says of itself that knows its foreign words. */
interface Knowing {
  readonly message: string;
  readonly foreign: readonly string[];
  readonly details?: readonly string[];
}

/**
 * A word with all that belongs to it: a number, an address, 7590-VHVEG, O'Brien. What isn't seen parts words, and so does what stands in
 * its place on screens.
 */
const CHUNK =
  /…|[^\s\p{C}\ufffd…"'`´„“”‘’«»(),;:=[\]{}<>]+(?:['’](?=\p{L})[^\s\p{C}\ufffd…"'`´„“”‘’«»(),;:=[\]{}<>]+)*/gu;
/** What stands in the place of what was cut out already. */
const GAP = "…";
/** So many words of a foreign text in a row are a quotation. */
const QUOTATION = 3;
/** Letters of a foreign text that are looked at. */
const MOST_LETTERS = 50_000;
const MOST_LINES = 1000;
/** No sentence of churn's has so many letters: most of them are somebody else's. */
const LONGEST_SENTENCE = 10_000;
/** How deep causes are followed. */
const MOST_CAUSES = 8;

/** SQL's types and kinds of errors, and what sentences of churn's begin with: no customer is called so. */
const OWN_WORD =
  /^(?:U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?\d*|DOUBLE|FLOAT|REAL|DECIMAL|NUMERIC|VARCHAR|TEXT|BLOB|BOOLEAN|DATE|TIME|TIMESTAMP(?:TZ)?|INTERVAL|UUID|JSON|STRUCT|LIST|MAP|ENUM|SELECT|NULL|CSV|UTF-?\d+|DuckDB|PostgreSQL|MySQL|MariaDB|MLflow|Parquet|XGBoost)$/;
/** A file's name, which people are to find. */
const FILE_NAME =
  /^(?:\.{0,2}\/|~\/|s3:|(?:raw|processed|features|models|records|logs|notifications)\/)|\.(?:csv|parquet|jsonl?|ya?ml|db|duckdb|sqlite|gz|zst|wal|pem|env)$/i;

/**
 * The parts of an error's texts that are foreign.
 *
 * @param texts    its message and its hint
 * @param details  its lines of evidence: foreign, unless the cause knows better
 */
export function foreignWords(texts: readonly string[], details: readonly string[], cause: unknown): readonly string[] {
  const chain = causesOf(cause);
  const sources = chain.flatMap((error) => (isKnowing(error) ? error.foreign : wordsOf(error)));
  const own = new Set(chain.filter(isKnowing).flatMap((error) => ownDetails(error)));
  const quoted = texts.flatMap((text) => sources.flatMap((source) => quotations(text, source)));
  return [...new Set([...quoted, ...details.filter((line) => !own.has(line))])];
}

/** An error's causes, up to the first that knows of its own. */
function causesOf(cause: unknown): readonly unknown[] {
  const chain: unknown[] = [];
  for (let error = cause; error !== undefined && error !== null && chain.length < MOST_CAUSES; ) {
    chain.push(error);
    if (isKnowing(error) || !(error instanceof Error)) break;
    error = error.cause;
  }
  return chain;
}

function isKnowing(error: unknown): error is Knowing {
  return error instanceof Error && "foreign" in error && Array.isArray(error.foreign);
}

function ownDetails({ details = [], foreign }: Knowing): readonly string[] {
  return details.filter((line) => !foreign.includes(line));
}

/** The system's own errors name a file and nothing else. */
function wordsOf(error: unknown): readonly string[] {
  if (error instanceof Error && "syscall" in error) return [];
  if (error instanceof AggregateError) return [error.message, ...error.errors.flatMap(wordsOf)];
  return [error instanceof Error ? error.message : String(error)];
}

/** What a text has from a foreign one: words in a row, a whole line, and single words that are no plain ones. */
export function quotations(text: string, source: string): readonly string[] {
  if (text.length > LONGEST_SENTENCE) return [text];
  const chunks = chunksOf(text);
  const theirs = chunksOf(source.slice(0, MOST_LETTERS)).map(({ word }) => word);
  const lines = new Set(source.split("\n", MOST_LINES).map((line) => wordsIn(chunksOf(line))));
  const found: string[] = [];
  for (let at = 0; at < chunks.length; ) {
    const length = longestRun(chunks, at, theirs);
    const run = chunks.slice(at, at + length);
    const [first, last] = [run[0], run.at(-1)];
    const isQuoted = length >= QUOTATION || lines.has(wordsIn(run)) || run.some(({ word }) => isPeculiar(word));
    if (first !== undefined && last !== undefined && isQuoted) found.push(text.slice(first.from, last.to));
    at += Math.max(1, length);
  }
  return found;
}

function wordsIn(chunks: readonly Chunk[]): string {
  return chunks.map(({ word }) => word).join(" ");
}

interface Chunk {
  readonly word: string;
  readonly from: number;
  readonly to: number;
}

/** Without the points that end a sentence; what was cut out is a chunk of its own. */
function chunksOf(text: string): readonly Chunk[] {
  return [...text.matchAll(CHUNK)].flatMap(({ 0: match, index }) => {
    const word = match.replace(/[.!?]+$/, "");
    return word === "" ? [] : [{ word, from: index, to: index + word.length }];
  });
}

function longestRun(chunks: readonly Chunk[], at: number, theirs: readonly string[]): number {
  const first = chunks[at];
  if (first === undefined || first.word === GAP) return 0;
  let longest = 0;
  for (const [place, word] of theirs.entries())
    if (isSame(chunks, at, word)) longest = Math.max(longest, runOf(chunks, at, theirs, place));
  return longest;
}

/** How many chunks from a place on are theirs, in their order; where something was cut out, some of theirs may lie between. */
function runOf(chunks: readonly Chunk[], start: number, theirs: readonly string[], place: number): number {
  let at = start;
  for (let there = place; at < chunks.length; ) {
    if (chunks[at]?.word === GAP) {
      at += 1;
      there = theirs.findIndex((word, index) => index >= there && isSame(chunks, at, word));
      if (there === -1) break;
    } else if (isSame(chunks, at, theirs[there])) {
      at += 1;
      there += 1;
    } else break;
  }
  return at - start;
}

/** A word that was cut is the same as the whole one. */
function isSame(chunks: readonly Chunk[], at: number, other: string | undefined): boolean {
  const [chunk, next] = [chunks[at], chunks[at + 1]];
  if (chunk === undefined || other === undefined) return false;
  const isCut = next?.word === GAP && next.from === chunk.to;
  return chunk.word === other || (isCut && other.startsWith(chunk.word));
}

/** Whether a word may be a name or an id. A number alone is where something stands: line 7, byte 120. */
function isPeculiar(word: string): boolean {
  if (OWN_WORD.test(word) || FILE_NAME.test(word) || /^[\d.,%+-]+$/.test(word)) return false;
  return /[\d@]|\p{Lu}|[^\0-\x7f]/u.test(word);
}
