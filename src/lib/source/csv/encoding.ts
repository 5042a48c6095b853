import { own } from "../../config/own.ts";

export const ENCODINGS = ["utf-8", "utf-16", "latin-1", "windows-1252"] as const;
export type Encoding = (typeof ENCODINGS)[number];

const ALIASES: Readonly<Record<string, Encoding>> = {
  utf8: "utf-8",
  utf16: "utf-16",
  utf16le: "utf-16",
  utf16be: "utf-16",
  latin1: "latin-1",
  iso88591: "latin-1",
  windows1252: "windows-1252",
  cp1252: "windows-1252",
};

/** An encoding by one of its usual names, or undefined. */
export function encodingOf(name: string): Encoding | undefined {
  const plain = name.toLowerCase().replace(/[-_ ]/g, "");
  return own(ALIASES, plain);
}

/** Characters of windows-1252 from 0x80 on; all else are those of Latin-1. U+FFFD: there is none. */
const WINDOWS = "€\ufffd‚ƒ„…†‡ˆ‰Š‹Œ\ufffdŽ\ufffd\ufffd‘’“”•–—˜™š›œ\ufffdžŸ";

/** Whether a byte is a character in an encoding of one byte a character. Of Latin-1's controls none is ever meant. */
export function isCharacter(byte: number, encoding: "latin-1" | "windows-1252"): boolean {
  if (byte < 0x80 || byte > 0x9f) return true;
  return encoding === "windows-1252" && WINDOWS[byte - 0x80] !== "\ufffd";
}

/** For each byte of an encoding of one byte a character, its UTF-8. */
export function utf8Table(encoding: "latin-1" | "windows-1252"): readonly Uint8Array[] {
  return Array.from({ length: 256 }, (_, byte) => {
    const isOther = encoding === "windows-1252" && byte >= 0x80 && byte <= 0x9f;
    return Buffer.from(isOther ? (WINDOWS[byte - 0x80] ?? "") : String.fromCharCode(byte), "utf8");
  });
}
