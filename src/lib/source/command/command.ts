import type { Config } from "../../config/schema.ts";
import { UsageError } from "../../errors.ts";
import type { SourceEnvironment } from "../server/settings.ts";
import type { Source } from "../source.ts";

export function openCommand(_source: Config["source"], _root: string, _environment: SourceEnvironment): Source {
  throw new UsageError("source.command isn't there yet");
}
