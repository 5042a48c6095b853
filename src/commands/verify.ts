import * as z from "zod";
import { type Command, defineCommand } from "../lib/cli/command.ts";
import { verificationJson, verificationLines } from "../lib/cli/output/verification.ts";
import { InputError, UsageError } from "../lib/errors.ts";
import { damageIn, verify as verifyStore } from "../lib/integrity/verify.ts";
import type { Archive } from "../lib/stage/archive.ts";
import type { Stage } from "../lib/stage/define.ts";
import { listNights } from "../lib/stage/nights.ts";
import { workspaceId } from "../lib/store/id.ts";
import { requireKnownStore } from "../lib/workspace/known-store.ts";
import { type Night, parseDate, parseNight } from "../lib/workspace/night.ts";
import { openServices } from "../lib/workspace/services.ts";
import { openWorkspace } from "../lib/workspace/workspace.ts";

const flags = z.strictObject({
  date: z.string().optional().describe("YYYY-MM-DD, today or yesterday; by default the newest night"),
  all: z.boolean().default(false).describe("every night, and every registered version"),
});

/** Holds every file of a night, and every registered version, to what was recorded when it was written. Reads only. */
export function verify(stages: readonly Stage[]): Command<typeof flags> {
  return defineCommand({
    name: "verify",
    group: "A night",
    summary: "every file against its record, versions too",
    flags,

    async run(context, { date, all }) {
      if (date !== undefined && all) throw new UsageError("--date and --all: one of them is enough");
      const { terminal } = context;
      const workspace = await openWorkspace(context);
      const { root, config, store, redact } = workspace;
      await requireKnownStore(workspace);
      await using services = openServices(workspace, terminal.print);
      const archive: Archive = {
        store: store.thorough(),
        workspaceId: (await workspaceId(store)) ?? "",
        stages,
        redact,
      };
      const known = await listNights(archive);
      if (known.length === 0 && date === undefined) terminal.say("there is no night in this store yet");
      const nights = all
        ? known
        : date === undefined
          ? known.slice(-1)
          : nightsOf(date, known, config.timezone, context.now);
      const found = await verifyStore({
        archive,
        root,
        tracking: services.tracking,
        model: config.register.model,
        nights,
        all,
        onStart: (what) => terminal.status(what),
      });
      terminal.status(undefined);

      if (context.json) terminal.printJson(verificationJson(found));
      else for (const line of verificationLines(terminal.chalk.stdout, found)) terminal.print(line);
      const { length } = damageIn(found);
      if (length === 0) return;
      throw new InputError(
        length === 1 ? "one thing is damaged" : `${length} things are damaged`,
        context.json ? undefined : "what can be done stands below each of them",
      );
    },
  });
}

/** A night by its exact name, or all of a date. @throws {UsageError} when there are none */
function nightsOf(text: string, known: readonly Night[], timezone: string, now: Date): readonly Night[] {
  const exact = parseNight(text);
  const date =
    exact === undefined || exact.decision === 1 ? (exact?.date ?? parseDate(text, timezone, now)) : undefined;
  const nights = known.filter((night) => (date === undefined ? night.name === text : night.date === date));
  if (nights.length > 0) return nights;
  throw new UsageError(
    `there is no night ${date ?? text} in this store`,
    "churn verify --all shows those that are there",
  );
}
