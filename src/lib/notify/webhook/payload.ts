import * as z from "zod";
import { defineFormat } from "../../artifacts/format.ts";
import { type Letter, letter } from "../letter.ts";
import { message } from "../message.ts";
import { letterText } from "../text.ts";
import { words } from "../words.ts";

const kinds = message.options.map(({ shape }) => shape.kind.value);

const payload = z.strictObject({
  ...letter.shape,
  kind: z.enum(kinds).describe("the message's kind, for those who sort by it"),
  text: z.string().describe("all of it as plain text, for who shows nothing else"),
});

/** What a webhook is sent. Receivers are other people's programs: a released form never changes. */
export const webhookFormat = defineFormat({ version: 1, signedFrom: 1, schema: payload, upgrades: {} });

/** A message as the body of a request. */
export function webhookBody(told: Letter): string {
  const { key, message, ...rest } = told;
  const { next, origin } = words(told);
  const text = [letterText(told), ...next, origin].join("\n");
  return JSON.stringify(webhookFormat.write({ key, kind: message.kind, ...rest, message, text }));
}
