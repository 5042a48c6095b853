/** The end of a text that takes at most so many bytes as UTF-8, no letter of it cut in two. */
export function lastBytes(text: string, most: number): string {
  const bytes = Buffer.from(text, "utf8");
  let from = Math.max(0, bytes.length - most);
  // A letter's further bytes are 10xxxxxx.
  while (from < bytes.length && ((bytes[from] ?? 0) & 0xc0) === 0x80) from += 1;
  return bytes.toString("utf8", from);
}
