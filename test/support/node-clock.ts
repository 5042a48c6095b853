import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Node's clock begins at a moment in each process, and goes on from there; dates are those of UTC.
 *
 * @param folder  where what fakes it lies
 * @returns what a program needs for it in its environment
 */
export async function clockAt(folder: string, moment: string): Promise<Readonly<Record<string, string>>> {
  const file = join(folder, "clock.cjs");
  await writeFile(
    file,
    `const Real = Date;
     const away = Real.parse(process.env.CLOCK) - Real.now();
     globalThis.Date = class extends Real {
       constructor(...given) { if (given.length === 0) super(Real.now() + away); else super(...given); }
       static now() { return Real.now() + away; }
     };`,
  );
  return { NODE_OPTIONS: `--require ${file}`, CLOCK: moment, CHURN_TIMEZONE: "UTC" };
}
