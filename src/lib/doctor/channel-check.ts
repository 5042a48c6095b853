import type { ChannelName } from "../config/notify-section.ts";
import type { Reach } from "../notify/channel.ts";
import { type Finding, fine, problem, type WorkspaceCheck } from "./check.ts";

/** So much of a check's time may pass until a service has answered: then it is said what did not. */
export const WAITS = 0.8;

/** Whether a channel of notify.channels would take a message; none is sent. */
export function channelCheck(channel: ChannelName, title: string): WorkspaceCheck {
  return {
    kind: "workspace",
    name: title,
    reads: ["notify"],
    stage: "notify",
    applies: ({ config }) => config.notify.channels.includes(channel),
    look: async ({ services }, { doing, seconds }) => {
      doing(title, "problem");
      const opened = services.channels().find(({ name }) => name === channel);
      const reach = await opened?.reach?.(seconds * WAITS);
      return reach === undefined ? [] : [findingOfReach(reach)];
    },
  };
}

/** A sentence of a channel's says what to do behind its last semicolon. */
export function findingOfReach(reach: Reach): Finding {
  if (reach.kind === "open") return fine(reach.detail);
  const { reason, mayPass } = reach;
  const [, text = reason, next] = /^(.+); (.+)$/s.exec(reason) ?? [];
  return problem(text, { exitCode: mayPass ? 5 : 2, ...(next === undefined ? {} : { next }) });
}
