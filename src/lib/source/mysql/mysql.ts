import { UsageError } from "../../errors.ts";
import type { ServerSettings } from "../server/settings.ts";
import type { Source } from "../source.ts";

export function openMysql(_settings: ServerSettings): Source {
  throw new UsageError("mysql:// isn't there yet");
}
