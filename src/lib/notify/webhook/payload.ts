import * as z from "zod";
import { defineFormat, upgrade } from "../../artifacts/format.ts";
import { type Letter, letter, letterOf1_8 } from "../letter.ts";
import { message, messageOf1_8 } from "../message.ts";
import { letterText } from "../text.ts";
import { words } from "../words.ts";

const text = z.string().describe("all of it as plain text, for who shows nothing else");
const kindOf = (kinds: readonly string[]) => z.enum(kinds).describe("the message's kind, for those who sort by it");

const payload = z.strictObject({
  ...letter.shape,
  kind: kindOf(message.options.map(({ shape }) => shape.kind.value)),
  text,
});

/** Before there was a watchdog. */
const payloadOf1 = z.strictObject({
  ...letterOf1_8.shape,
  kind: kindOf(messageOf1_8.options.map(({ shape }) => shape.kind.value)),
  text,
});

/** What a webhook is sent. Receivers are other people's programs: a released form never changes. */
export const webhookFormat = defineFormat({
  version: 2,
  signedFrom: 1,
  schema: payload,
  upgrades: { 1: upgrade(payloadOf1, payload, (old) => old) },
});

/** A message as the body of a request. */
export function webhookBody(told: Letter): string {
  const { key, message, ...rest } = told;
  const { next, origin } = words(told);
  const text = [letterText(told), ...next, origin].join("\n");
  return JSON.stringify(webhookFormat.write({ key, kind: message.kind, ...rest, message, text }));
}
