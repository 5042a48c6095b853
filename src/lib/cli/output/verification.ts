import type { ChalkInstance } from "chalk";
import type { Damage } from "../../integrity/damage.ts";
import { damageIn, type Verification } from "../../integrity/verify.ts";
import { whole } from "../numbers.ts";
import { visible } from "../visible.ts";
import { verificationFormat } from "./printed.ts";

/** What was verified, a line each, and below it what is damaged and what can be done about it. */
export function verificationLines(chalk: ChalkInstance, { nights, versions, ledger, damage }: Verification): string[] {
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
    ...(ledger.lines === null && ledger.damage.length === 0
      ? []
      : [
          line(chalk, `ledger: ${whole(ledger.lines ?? 0)} lines`, ledger.damage),
          ...damageLines(chalk, ledger.damage),
        ]),
    ...damageLines(chalk, damage),
  ];
}

/** For programs: stable names. */
export function verificationJson(found: Verification): object {
  const { nights, versions, ledger, damage } = found;
  const all = damageIn(found);
  return verificationFormat.write({
    whole: all.length === 0,
    nights: nights.map(({ night, damage: found, ...rest }) => ({ night: night.name, ...rest, damage: [...found] })),
    versions: versions.map(({ version: { name, version, stage }, checked, damage: found }) => ({
      model: name,
      version,
      stage,
      checked,
      damage: [...found],
    })),
    ledger: { ...ledger, damage: [...ledger.damage] },
    damage: [...damage],
  });
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
