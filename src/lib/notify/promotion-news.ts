import type { Promotion } from "../tracking/promote.ts";
import type { News } from "./compose.ts";
import type { Message } from "./message.ts";
import { nextCommands } from "./next.ts";

/** What a promotion or a rollback is to the team. */
export function promotionNews(
  kind: "promoted" | "rolled_back",
  model: string,
  { version, replaced, promotedBy, promotedAt, reason }: Promotion,
): News {
  const facts = { model, version, replaced: [...replaced], by: promotedBy, reason };
  const message: Message = kind === "promoted" ? { kind, ...facts } : { kind, ...facts };
  // The same version may be promoted again another day.
  return { key: `${kind}.${version}.${promotedAt.replaceAll(":", "")}`, message, next: nextCommands(message) };
}
