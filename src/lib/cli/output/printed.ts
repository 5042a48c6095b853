import * as z from "zod";
import { recordPart } from "../../artifacts/format.ts";

/** What commands print for programs with --json, where no file has the same form. */

const sha256 = z.string().length(64);
const moment = z.iso.datetime();
const damage = z.array(
  z.strictObject({
    file: z.string().describe("its key; of a registered version its name"),
    message: z.string(),
    remedy: z.string().describe("what can be done, a line each; empty where nothing can"),
  }),
);

const version = z.strictObject({
  version: z.int().positive(),
  stage: z.string().describe("MLflow's: None, Staging, Production or Archived"),
  aliases: z.array(z.string()),
  night: z.string().nullable().describe("that made it; null where another program did, as all below"),
  created_at: moment,
  f1: z.number().nullable().describe("on the test customers of its night"),
  auc_roc: z.number().nullable(),
  rows: z.number().nullable().describe("customers that trained it"),
  mlflow_run_id: z.string().nullable(),
  promoted_by: z.string().nullable(),
  promoted_at: moment.nullable(),
  reason: z.string().nullable().describe("why it was promoted, where somebody said it"),
  production_until: moment.nullable().describe("when another version took its place"),
  rejected: z
    .strictObject({ by: z.string().nullable(), at: moment.nullable(), reason: z.string() })
    .nullable()
    .describe("by a rollback"),
});

/** What `churn models --json` prints. */
export const modelsFormat = recordPart({
  model: z.string().describe("register.model"),
  registry: z.string().describe("its address"),
  via: z.string().describe("by what production is told: stages, aliases or both"),
  hold: z
    .strictObject({ version: z.int().positive().describe("that was rolled back"), until: moment })
    .nullable()
    .describe("register.hold, after a rollback"),
  versions: z.array(version).describe("the newest first"),
});

/** What `churn ls --json` prints. */
export const nightsFormat = recordPart({
  store: z.string().describe("its address"),
  nights: z
    .array(
      z.strictObject({
        night: z.string(),
        state: z.enum(["decided", "not decided", "decision lost"]),
        files: z.int().nonnegative().describe("that its records name and that churn gc has not removed"),
        size_bytes: z.int().nonnegative(),
        removed: z.int().nonnegative().describe("by churn gc"),
        missing: z.int().nonnegative().nullable().describe("null where that isn't looked for, in a bucket"),
        damage: z.array(z.string()).describe("what can't be read or is lost, a sentence each"),
      }),
    )
    .describe("the oldest first"),
});

/** What `churn ls --date D --json` prints. */
export const filesFormat = recordPart({
  night: z.string(),
  files: z.array(
    z.strictObject({
      key: z.string().describe("below the store's address"),
      size_bytes: z.int().nonnegative(),
      sha256,
      stage: z.string().nullable().describe("that wrote it; null for what run-all and gc wrote"),
      state: z.enum(["present", "missing", "changed", "removed"]).describe("changed: of another size than recorded"),
      removed_at: moment.nullable().describe("by churn gc"),
    }),
  ),
  damage: z.array(z.string()).describe("what can't be read, a sentence each"),
});

/** What `churn verify --json` prints. */
export const verificationFormat = recordPart({
  whole: z.boolean().describe("nothing is damaged"),
  nights: z.array(
    z.strictObject({
      night: z.string(),
      decided: z.boolean(),
      files: z.int().nonnegative(),
      removed: z.int().nonnegative().describe("of them, by churn gc"),
      damage,
    }),
  ),
  versions: z.array(
    z.strictObject({
      model: z.string(),
      version: z.int().positive(),
      stage: z.string(),
      checked: z.boolean().describe("false for one that is not churn's: there is nothing to hold it to"),
      damage,
    }),
  ),
  ledger: z.strictObject({
    lines: z.int().nonnegative().nullable().describe("that could be read; null where there is no ledger"),
    damage,
  }),
  damage: damage.describe("of what belongs to no night and no version"),
});

/** What `churn gc --json` prints. */
export const removalFormat = recordPart({
  dry_run: z.boolean().describe("nothing was removed"),
  nights: z.array(
    z.strictObject({
      night: z.string(),
      files: z.array(z.strictObject({ key: z.string(), size_bytes: z.int().nonnegative(), sha256 })),
    }),
  ),
  kept: z
    .array(
      z.strictObject({
        night: z.string(),
        versions: z.array(z.int().positive()).describe("that came from it"),
        named_by: z.string().nullable().describe("the night whose records name its files"),
        unreadable: z.string().nullable().describe("what of it can't be read"),
      }),
    )
    .describe("nights that are old and stay, and why"),
  runs: z
    .array(
      z.strictObject({
        mlflow_run_id: z.string(),
        night: z.string(),
        files: z.int().nonnegative(),
        size_bytes: z.int().nonnegative(),
      }),
    )
    .describe("of local tracking"),
  cache_bytes: z.int().nonnegative().describe("of copies in .churn/cache"),
});

/** What `churn config --json` prints: by dotted key. */
export const configFormat = {
  version: 1,
  written: (_: number) =>
    z.record(
      z.string(),
      z.strictObject({
        value: z.json(),
        origin: z.enum(["default", "file", "environment", "flag"]),
        where: z.string().describe("the line, the variable or the option that says it"),
      }),
    ),
};
