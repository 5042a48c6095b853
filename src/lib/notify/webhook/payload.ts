import * as z from "zod";
import { defineFormat, upgrade } from "../../artifacts/format.ts";
import { type Letter, letter, letterOf8 } from "../letter.ts";
import { message, messageOf8 } from "../message.ts";
import { letterText } from "../text.ts";
import { words } from "../words.ts";

const kinds = message.options.map(({ shape }) => shape.kind.value);
const kindsOf1 = messageOf8.options.map(({ shape }) => shape.kind.value);

const payloadOf1 = z.strictObject({
  ...letterOf8.shape,
  kind: z.enum(kindsOf1).describe("the message's kind, for those who sort by it"),
  text: z.string().describe("all of it as plain text, for who shows nothing else"),
});

const payload = payloadOf1.extend({
  message: letter.shape.message,
  kind: z.enum(kinds).describe("the message's kind, for those who sort by it"),
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
