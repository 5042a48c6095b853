import * as z from "zod";
import { type Command, defineCommand } from "../lib/cli/command.ts";
import { filesLines, nightsLines } from "../lib/cli/output/files.ts";
import { filesFormat, nightsFormat } from "../lib/cli/output/printed.ts";
import { InputError, UsageError } from "../lib/errors.ts";
import type { Archive } from "../lib/stage/archive.ts";
import type { Stage } from "../lib/stage/define.ts";
import { nightFiles, summaryOf } from "../lib/stage/night-files.ts";
import { askedNight, listNights } from "../lib/stage/nights.ts";
import { workspaceId } from "../lib/store/id.ts";
import { requireKnownStore } from "../lib/workspace/known-store.ts";
import { openToTell } from "../lib/workspace/tell.ts";

const flags = z.strictObject({
  date: z.string().optional().describe("YYYY-MM-DD, today or yesterday: the files of that night"),
});

/** Lists the nights of the store, or the files of one of them. Reads only. */
export function ls(stages: readonly Stage[]): Command<typeof flags> {
  return defineCommand({
    name: "ls",
    group: "The files",
    summary: "nights, or with --date the files of one",
    flags,

    async run(context, { date }) {
      const { terminal } = context;
      const workspace = await openToTell(context);
      const { store, redact, config } = workspace;
      await requireKnownStore(workspace);
      const archive: Archive = { store, workspaceId: (await workspaceId(store)) ?? "", stages, redact };
      const known = await listNights(archive);
      const chalk = terminal.chalk.stdout;
      if (date === undefined) {
        const nights = [];
        for (const { name } of known) nights.push(await summaryOf(archive, name));
        if (context.json)
          terminal.printJson(
            nightsFormat.write({
              store: store.address,
              nights: nights.map((one) => ({ ...one, damage: [...one.damage] })),
            }),
          );
        else if (nights.length === 0) terminal.say("there is no night in this store yet");
        else for (const line of nightsLines(nights, chalk)) terminal.print(line);
        const damaged = nights.filter(({ damage }) => damage.length > 0).map((one) => one.night);
        if (damaged.length > 0) throw damagedNights(damaged);
        return;
      }
      const night = await askedNight(archive, date, config.timezone, context.now);
      if (!known.some(({ name }) => name === night.name))
        throw new UsageError(`there is no night ${night.name} in this store`, "churn ls shows those that are there");
      const { files, damage } = await nightFiles(archive, night.name);
      if (context.json)
        terminal.printJson(filesFormat.write({ night: night.name, files: [...files], damage: [...damage] }));
      else for (const line of filesLines(files, damage, chalk)) terminal.print(line);
      if (damage.length > 0) throw damagedNights([night.name]);
    },
  });
}

function damagedNights(nights: readonly string[]): InputError {
  const [first] = nights;
  return nights.length === 1
    ? new InputError(`the night of ${first} is damaged`, `churn verify --date ${first} says what can be done`)
    : new InputError(`${nights.length} nights are damaged`, "churn verify --all says what can be done");
}
