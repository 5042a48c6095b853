import { basename } from "node:path";
import * as z from "zod";
import { backfillFormat, backfillPlanFormat } from "../backfill/report.ts";
import {
  configFormat,
  filesFormat,
  modelsFormat,
  nightsFormat,
  removalFormat,
  verificationFormat,
} from "../cli/output/printed.ts";
import { configSchema } from "../config/schema.ts";
import { doctorFormat } from "../doctor/report.ts";
import { ledgerFormat } from "../ledger/events.ts";
import { historyFormat } from "../ledger/history.ts";
import { logFormat } from "../logs/line.ts";
import { entryFormat, outboxFormat } from "../notify/outbox/format.ts";
import { webhookFormat } from "../notify/webhook/payload.ts";
import { scheduleChangeFormat, scheduleFormat } from "../schedule/format.ts";
import type { Stage } from "../stage/define.ts";
import { adoptedRegistryFormat } from "../stage/known-registry.ts";
import { recordFormat } from "../stage/record.ts";
import { removedFormat } from "../stage/removed.ts";
import { statusFormat } from "../status/format.ts";
import { leaseFormat } from "../store/bucket/lease-format.ts";
import { workspaceFormat } from "../store/id.ts";
import { watchdogFormat } from "../watchdog/report.ts";
import { watchdogStateFormat } from "../watchdog/state.ts";
import { whyFormat } from "../why/format.ts";
import { knownStoreFormat } from "../workspace/known-store.ts";
import type { Format } from "./format.ts";

type JsonSchema = z.core.JSONSchema.BaseSchema;

/**
 * The JSON Schemas of `docs/schemas`, by file name: of churn.yaml as people write it, for their editors; and of each released
 * version of the JSON that churn writes, as NAME.VERSION.schema.json. Editors know draft 7 best.
 */
export function jsonSchemas(stages: readonly Stage[]): ReadonlyMap<string, JsonSchema> {
  const written = [...formatsOf(stages)].flatMap(([name, format]) =>
    Array.from({ length: format.version }, (_, index): [string, JsonSchema] => {
      const version = index + 1;
      return [`${name}.${version}.schema.json`, jsonSchemaOf(format.written(version), "output")];
    }),
  );
  return new Map([["churn.schema.json", jsonSchemaOf(configSchema, "input")], ...written]);
}

/** What of a format is published. */
type Published = Pick<Format, "version"> & { written(version: number): z.ZodType };

function formatsOf(stages: readonly Stage[]): ReadonlyMap<string, Published> {
  const formats = new Map<string, Published>([
    ["ledger", ledgerFormat],
    ["log", logFormat],
    ["history", historyFormat],
    ["status", statusFormat],
    ["why", whyFormat],
    ["workspace", workspaceFormat],
    ["store", knownStoreFormat],
    ["registry", adoptedRegistryFormat],
    ["lease", leaseFormat],
    ["outbox", outboxFormat],
    ["outbox-message", entryFormat],
    ["record", recordFormat],
    ["removed", removedFormat],
    ["webhook", webhookFormat],
    ["doctor", doctorFormat],
    ["schedule", scheduleFormat],
    ["schedule-change", scheduleChangeFormat],
    ["backfill", backfillFormat],
    ["backfill-plan", backfillPlanFormat],
    ["watchdog", watchdogFormat],
    ["watchdog-state", watchdogStateFormat],
    ["models", modelsFormat],
    ["nights", nightsFormat],
    ["night-files", filesFormat],
    ["verification", verificationFormat],
    ["removal", removalFormat],
    ["config", configFormat],
  ]);
  for (const { name, produces, result, checkpoint } of stages) {
    for (const artifact of Object.values(produces)) {
      if (artifact.kind === "json") formats.set(basename(artifact.key, ".json"), artifact.format);
    }
    formats.set(`${name}-result`, result);
    if (checkpoint !== undefined) formats.set(`${name}-checkpoint`, checkpoint);
  }
  return formats;
}

function jsonSchemaOf(schema: z.ZodType, io: "input" | "output"): JsonSchema {
  return z.toJSONSchema(schema, {
    io,
    target: "draft-7",
    override: ({ jsonSchema, path }) => {
      // Every integer of zod is bounded by what a double holds, and a format by a pattern that nobody can read.
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
      // The machine's own, which is another one elsewhere.
      if (path.join(".") === "properties.timezone") delete jsonSchema.default;
    },
  });
}
