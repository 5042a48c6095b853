import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type * as z from "zod";
import { init } from "../../src/commands/init.ts";
import { promote } from "../../src/commands/promote.ts";
import { verify } from "../../src/commands/verify.ts";
import { openFolder } from "../../src/lib/tracking/folder/folder.ts";
import { pipeline } from "../../src/pipeline.ts";
import { least } from "../support/config-workspace.ts";
import { contextIn, quietTerminal } from "../support/quiet-terminal.ts";
import { threeNights } from "../support/registry-workspace.ts";
import { night } from "./night.ts";
import type { Row } from "./row.ts";

/** Asks to promote version 3 of three. */
function promoteThree(terminal: ReturnType<typeof quietTerminal>["terminal"], before = async (_: string) => {}) {
  return async (root: string) => {
    writeFileSync(join(root, "churn.yaml"), least);
    await threeNights(openFolder(join(root, "mlruns")));
    const ask: typeof terminal.ask = async (question) => {
      await before(root);
      return await terminal.ask(question);
    };
    await promote.run(contextIn(root, { ...terminal, ask }), {
      version: 3,
      yes: false,
      force: false,
      despite_hold: false,
    });
  };
}

const initWith = (flags: z.input<typeof init.flags>) => (root: string) =>
  init.run(contextIn(root, quietTerminal().terminal), init.flags.parse(flags));

export const commands: readonly Row[] = [
  {
    cause: "init with a date and no sample",
    by: (root) =>
      init.run(contextIn(root, quietTerminal().terminal), { sample: false, adopt: false, date: "2026-11-23" }),
    code: 2,
    says: "--date is the last day of the sample, and --sample was not given",
    next: "churn init --sample --date 2026-11-23",
  },
  {
    cause: "init with a table and no source",
    by: initWith({ table: "customers" }),
    code: 2,
    says: "--table says which table of --from is meant, and --from was not given",
    next: "churn init --from URL --table TABLE",
  },
  {
    cause: "init with a source and the sample",
    by: initWith({ from: "csv:c.csv", sample: true }),
    code: 2,
    says: "--from looks at a table, and --sample makes one: leave one out",
    next: "churn init --from URL --table TABLE",
  },
  {
    cause: "init with a source and a store to adopt",
    by: initWith({ from: "csv:c.csv", adopt: true }),
    code: 2,
    says: "--from writes churn.yaml, and --adopt takes what it names: leave one out",
    next: "churn init --adopt",
  },
  {
    cause: "init with a source beside a churn.yaml",
    by: async (root) => {
      await initWith({})(root);
      await initWith({ from: "csv:c.csv" })(root);
    },
    code: 2,
    says: "churn.yaml is there already, and --from writes one",
    next: "beside it, to compare them:\nchurn -C ANOTHER_FOLDER init --from URL --table TABLE",
  },
  {
    cause: "promote without a terminal",
    by: promoteThree(quietTerminal().terminal),
    code: 2,
    says: "promote asks before it changes Production, and there is no terminal to ask on",
    next: "churn promote --version 3 --yes",
  },
  {
    cause: "promote where Production has changed since the question",
    by: promoteThree(quietTerminal(["yes"]).terminal, async (root) => {
      await openFolder(join(root, "mlruns")).transitionStage("churn-model", 2, "Archived");
    }),
    code: 75,
    says: "the versions in Production have changed since the question was asked",
    next: "churn promote --version 3",
  },
  {
    cause: "a rollback where production has changed while the model was looked at",
    by: "test/commands/rollback.test.ts",
    code: 75,
    says: "the versions in production have changed while the model was looked at",
    next: "churn rollback --to 1",
  },
  {
    cause: "gates that fail",
    by: night({ gates: { row_count: 500, null_rate: false, duplicate_rate: false, leakage: false } }),
    code: 3,
    says: "1 of 7 quality gates failed on raw/2026-11-23/customers.parquet",
    next: "look at the source, then read it again:\nchurn run-all --date 2026-11-23",
  },
  {
    cause: "a channel that fails",
    by: "test/program/mistakes/files-and-disk.test.ts",
    code: 5,
    says: "file: …/notifications: a file stands where a folder belongs",
    next: "churn notify --date … sends it again",
  },
  {
    cause: "verify with a date and all nights",
    by: (root) => verify(pipeline).run(contextIn(root, quietTerminal().terminal), { date: "2026-11-23", all: true }),
    code: 2,
    says: "--date and --all: one of them is enough",
    next: undefined,
  },
  {
    cause: "verify of a date without a night",
    by: async (root) => {
      writeFileSync(join(root, "churn.yaml"), least);
      await verify(pipeline).run(contextIn(root, quietTerminal().terminal), { date: "2026-11-23", all: false });
    },
    code: 2,
    says: "there is no night 2026-11-23 in this store",
    next: "churn verify --all shows those that are there",
  },
  {
    cause: "verify where one thing is damaged",
    by: "test/commands/verify.test.ts",
    code: 4,
    says: "one thing is damaged",
    next: "what can be done stands below each of them",
  },
  {
    cause: "verify where more is damaged",
    by: "test/commands/verify.test.ts",
    code: 4,
    says: "… things are damaged",
    next: "what can be done stands below each of them",
  },
];
