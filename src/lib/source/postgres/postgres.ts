import { UsageError } from "../../errors.ts";
import type { ServerSettings } from "../server/settings.ts";
import type { Source } from "../source.ts";

export function openPostgres(_settings: ServerSettings): Source {
  throw new UsageError("postgres:// isn't there yet");
}
