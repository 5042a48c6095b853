/** As Slack wants texts: exactly these three escaped, which disarms mentions (<!channel>, <@U…>) and links. */
export function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** How long a text is for Slack: units of UTF-16, after escaping. Whether it escapes what is plain itself, nobody says. */
export function sizeOf(text: string): number {
  return escaped(text).length;
}

/**
 * A text that is cut where it is too long for Slack, between two letters.
 *
 * @param most  its size as `sizeOf` counts it; at least 1
 * @returns     not escaped yet
 */
export function shortened(text: string, most: number): string {
  if (sizeOf(text) <= most) return text;
  let kept = "";
  let size = 1;
  for (const letter of text) {
    size += sizeOf(letter);
    if (size > most) break;
    kept += letter;
  }
  return `${kept}…`;
}
