import { readFile } from "node:fs/promises";

/** A file of the project as text, named from its root. */
export async function projectFile(name: string): Promise<string> {
  return await readFile(new URL(`../../${name}`, import.meta.url), "utf8");
}

/** The rows of the Markdown table below a heading, as cells without backticks. */
export function tableUnder(text: string, heading: string): string[][] {
  const section = text.slice(text.indexOf(`\n${heading}\n`) + 1).split(/\n(?=#)/)[0] ?? "";
  const [, , ...rows] = section.split("\n").filter((line) => line.startsWith("|"));
  return rows.map((row) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll("`", "")),
  );
}
