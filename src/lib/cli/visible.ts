/** Letters of a name, a person's or a night's; what is longer came from elsewhere. */
export const LONGEST_NAME = 40;

/** Longer than any line that churn writes of its own. */
const MOST_LETTERS = 4000;

/**
 * What moves the cursor, ends a line, turns the direction of writing or isn't seen: control characters of both sets and DEL,
 * line and paragraph separators, bidirectional and other format characters, those of no width, halves of a pair.
 */
const UNSEEN_LETTERS = String.raw`\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u115f\u1160\u3164\uffa0`;
const UNSEEN = new RegExp(`[${UNSEEN_LETTERS}]`, "gu");

/** What a text looks like that is one line of at most so many letters, and all of them seen: for what a person types. */
export function seenLine(most: number): RegExp {
  return new RegExp(`^[^${UNSEEN_LETTERS}]{1,${most}}$`, "u");
}

/**
 * Text that comes from elsewhere, as one line that is what it looks like: names and values of tables, of model files, of tags
 * and folders, on their way to a screen, a message or a table.
 *
 * @param most  letters; what is longer is cut
 */
export function visible(text: string, most: number = MOST_LETTERS): string {
  // Two units of UTF-16 a letter at most: no text of megabytes is taken apart.
  const letters = [...text.slice(0, 2 * most + 2)];
  const kept = letters.length > most ? `${letters.slice(0, Math.max(1, most - 1)).join("")}…` : letters.join("");
  return kept.replaceAll(UNSEEN, "�");
}

/** A sentence of churn's that may name such text: its own line ends become blanks. */
export function visibleLine(text: string, most?: number): string {
  return visible(text.replaceAll(/\r?\n/g, " "), most);
}
