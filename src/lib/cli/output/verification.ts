import type { ChalkInstance } from "chalk";
import type { Damage } from "../../integrity/damage.ts";
import { damageIn, type Verification } from "../../integrity/verify.ts";
import { whole } from "../numbers.ts";
import { visible } from "../visible.ts";

/** What was verified, a line each, and below it what is damaged and what can be done about it. */
export function verificationLines(chalk: ChalkInstance, { nights, versions, damage }: Verification): string[] {
  return [
    ...nights.flatMap(({ night, decided, files, removed, damage: found }) => {
      const state = decided ? "" : ", not decided";
      const gone = removed === 0 ? "" : `, ${whole(removed)} of them removed by churn gc`;
      return [
        line(chalk, `night of ${night.name}${state}: ${whole(files)} files${gone}`, found),
        ...damageLines(chalk, found),
      ];
    }),
    ...versions.flatMap(({ version: { name, version, stage }, checked, damage: found }) => {
      const unknown = checked ? "" : ", not churn's: nothing to hold it to";
      return [line(chalk, `${name} version ${version} (${stage})${unknown}`, found), ...damageLines(chalk, found)];
    }),
    ...damageLines(chalk, damage),
  ];
}

/** For programs: stable names. */
export function verificationJson({ nights, versions, damage }: Verification): object {
  const all = damageIn({ nights, versions, damage });
  return {
    whole: all.length === 0,
    nights: nights.map(({ night, ...rest }) => ({ night: night.name, ...rest })),
    versions: versions.map(({ version: { name, version, stage }, checked, damage: found }) => ({
      model: name,
      version,
      stage,
      checked,
      damage: found,
    })),
    damage,
  };
}

function line(chalk: ChalkInstance, what: string, found: readonly Damage[]): string {
  return found.length === 0 ? `${chalk.green("✔")} ${visible(what)}` : `${chalk.red("✖")} ${visible(what)}`;
}

function damageLines(chalk: ChalkInstance, found: readonly Damage[]): string[] {
  return found.flatMap(({ message, remedy }) => [
    `    ${visible(message)}`,
    ...(remedy === "" ? [] : remedy.split("\n").map((text) => `      ${chalk.cyan(visible(text))}`)),
  ]);
}
