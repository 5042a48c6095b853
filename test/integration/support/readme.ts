import { readFile } from "node:fs/promises";

/** The text of a section of README.md, from its heading to the next one. */
export async function readmeSection(heading: string): Promise<string> {
  const readme = await readFile(new URL("../../../README.md", import.meta.url), "utf8");
  const [, rest] = readme.split(`\n## ${heading}\n`);
  const section = rest?.split("\n## ")[0];
  if (section === undefined) throw new Error(`README.md has no section "${heading}"`);
  return section;
}

/** The first block of code in a language. */
export function codeBlock(section: string, language: string): string {
  const [, code] = new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, "ms").exec(section) ?? [];
  if (code === undefined) throw new Error(`the section has no block of ${language}`);
  return code;
}
