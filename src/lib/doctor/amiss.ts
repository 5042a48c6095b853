import { knownError } from "../files/machine-error.ts";
import { type Finding, findingOf } from "./check.ts";

/**
 * What goes wrong with several things, each asked whatever became of the ones before. What two of them say alike is told once.
 *
 * @returns nothing where nothing is amiss; a defect is thrown on
 */
export async function amiss(questions: readonly (() => Promise<unknown>)[]): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  for (const ask of questions) {
    try {
      await ask();
    } catch (error) {
      const known = knownError(error);
      if (known === undefined) throw error;
      const finding = findingOf(known);
      if (found.every(({ text }) => text !== finding.text)) found.push(finding);
    }
  }
  return found;
}
