import { counted } from "../../cli/numbers.ts";
import { ChurnError } from "../../errors.ts";
import { type Proxy as HttpProxy, proxyFor } from "../../http/proxy.ts";
import { redactor } from "../../workspace/redact.ts";
import { secretsIn } from "../../workspace/secret-values.ts";
import type { Attempt, Channel, ChannelMeans } from "../channel.ts";
import type { Letter } from "../letter.ts";
import { failedAttempt, quoted, serverOf } from "./failures.ts";
import { type Mail, mailOf } from "./mail.ts";
import type { RefusedAddress } from "./nodemailer.ts";
import { readSmtp, type Smtp } from "./smtp.ts";

type Means = Pick<ChannelMeans, "environment"> & { readonly settings: Pick<ChannelMeans["settings"], "email"> };

/** A mail to those who are named, by SMTP. A second copy would be a second mail: each is sent once. */
export function openEmailChannel(means: Means): Channel {
  return {
    name: "email",
    isRepeatable: false,
    send: async (letter, secondsLeft) => {
      const prepared = prepare(letter, means);
      if ("kind" in prepared) return prepared;
      const { mail, smtp, proxy } = prepared;
      const { post } = await import("./nodemailer.ts");
      const posted = await post(mail, { smtp, proxy }, secondsLeft);
      if (posted.kind === "taken") return sent(mail, posted.refused);
      const towards = { smtp, proxy: proxy?.name, messageId: mail.messageId };
      const attempt = failedAttempt(posted.error, posted.handed, towards);
      return attempt.kind === "sent" ? attempt : { ...attempt, reason: withoutSecrets(attempt.reason, smtp, proxy) };
    },
    reach: async (secondsLeft) => {
      const way = wayOf(means);
      if (typeof way === "string") return { kind: "closed", reason: way, mayPass: false };
      const { smtp, proxy } = way;
      const { greet } = await import("./nodemailer.ts");
      const error = await greet(way, secondsLeft);
      if (error === undefined) {
        const who = smtp.login === undefined ? "answers, and wants no user" : "lets churn in";
        return { kind: "open", detail: `${serverOf(smtp)} ${who}` };
      }
      const attempt = failedAttempt(error, "nothing", { smtp, proxy: proxy?.name, messageId: "" });
      if (attempt.kind !== "unsent") throw error;
      const reason = withoutSecrets(attempt.reason, smtp, proxy);
      return { kind: "closed", reason, mayPass: attempt.retry !== undefined };
    },
    show: async (letter) => ({ extension: "html", content: mailOf(letter, means.settings.email.from ?? "", []).html }),
  };
}

interface Prepared {
  readonly mail: Mail;
  readonly smtp: Smtp;
  readonly proxy: HttpProxy | undefined;
}

/** What a mail needs, or what of it is missing. */
function prepare(letter: Letter, means: Means): Prepared | Attempt {
  const way = wayOf(means);
  if (typeof way === "string") return { kind: "unsent", reason: way, retry: undefined };
  const { from, to, smtp, proxy } = way;
  return { mail: mailOf(letter, from, to), smtp, proxy };
}

/** From whom to whom, and by which server. @returns a sentence where something of it is missing */
function wayOf({ settings: { email }, environment }: Means) {
  try {
    const { from, to } = email;
    if (from === undefined) return "nobody is named as its sender: set notify.email.from in churn.yaml";
    if (to.length === 0) return "nobody is named who gets it: set notify.email.to in churn.yaml";
    const found = readSmtp(email, environment);
    if (found.kind === "missing") return found.reason;
    const { smtp } = found;
    const address = new URL(`https://${smtp.host.includes(":") ? `[${smtp.host}]` : smtp.host}:${smtp.port}`);
    return { from, to, smtp, proxy: proxyFor(address, environment.get) };
  } catch (error) {
    // A secret's file that isn't there, a proxy that is none.
    if (error instanceof ChurnError) return [error.message, error.hint ?? ""].filter(Boolean).join("; ");
    throw error;
  }
}

function sent({ to, messageId }: Mail, refused: readonly RefusedAddress[]): Attempt {
  const all = counted(to.length, "address", "addresses");
  const others = refused.map(({ address, answer }) => `${address} (${quoted(answer)})`).join(", ");
  const detail =
    refused.length === 0 ? `to ${all}` : `to ${to.length - refused.length} of ${all}; the server refused ${others}`;
  return { kind: "sent", detail, receipt: { message_id: messageId } };
}

/** A server may repeat in its answer what it was told. */
function withoutSecrets(reason: string, { login }: Smtp, proxy: HttpProxy | undefined): string {
  const password = login?.password ?? "";
  const plain = login === undefined ? "" : Buffer.from(`\0${login.user}\0${password}`).toString("base64");
  return redactor(
    secretsIn([
      ["SMTP_PASSWORD", password],
      ["SMTP_PASSWORD", plain],
      ["HTTPS_PROXY", proxy?.address ?? ""],
    ]),
  )(reason);
}
