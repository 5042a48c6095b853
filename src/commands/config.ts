import * as z from "zod";
import { defineCommand } from "../lib/cli/command.ts";
import { configLines } from "../lib/cli/output/config.ts";
import { configFormat } from "../lib/cli/output/printed.ts";
import { type ConfigKey, configKeys } from "../lib/config/keys.ts";
import type { LoadedConfig } from "../lib/config/load.ts";
import type { Origin } from "../lib/config/settings.ts";
import { isTree } from "../lib/config/tree.ts";
import { writtenForm } from "../lib/config/written-form.ts";
import { redactWithin } from "../lib/workspace/redact.ts";
import { openWorkspace } from "../lib/workspace/workspace.ts";

/** Shows every key's value and where it comes from; secrets within are masked. */
export const config = defineCommand({
  name: "config",
  group: "Setting up",
  summary: "configuration in force and where each value comes from",
  flags: z.strictObject({}),

  async run(context) {
    const { loaded, redact } = await openWorkspace(context);
    const { terminal } = context;
    const values = valuesIn(loaded);

    if (context.json) {
      const byName = values.map(({ key, value, origin }) => [
        key.name,
        { value, origin: origin.kind, where: origin.where },
      ]);
      terminal.printJson(configFormat.written(configFormat.version).parse(Object.fromEntries(byName)));
      return;
    }
    const entries = values.map(({ key, value, origin }) => ({
      path: key.path,
      value: redactWithin(writtenForm(key, value), redact),
      isDefault: origin.kind === "default",
      where: origin.where,
    }));
    for (const line of configLines(terminal.chalk.stdout, entries)) terminal.print(line);
  },
});

interface Value {
  readonly key: ConfigKey;
  readonly value: unknown;
  readonly origin: Origin;
}

function valuesIn({ config, origins }: LoadedConfig): Value[] {
  return configKeys.flatMap((key) => {
    const origin = origins.get(key.name);
    return origin === undefined ? [] : [{ key, value: valueAt(config, key.path), origin }];
  });
}

function valueAt(config: unknown, path: readonly string[]): unknown {
  return path.reduce((part, name) => (isTree(part) ? part[name] : undefined), config);
}
