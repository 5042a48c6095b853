import { counted } from "../../cli/numbers.ts";
import { ChurnError } from "../../errors.ts";
import { type Proxy as HttpProxy, proxyFor } from "../../http/proxy.ts";
import { redactor } from "../../workspace/redact.ts";
import { secretsIn } from "../../workspace/secret-values.ts";
import type { Attempt, Channel, ChannelMeans } from "../channel.ts";
import type { Letter } from "../letter.ts";
import { failedAttempt, quoted } from "./failures.ts";
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
    show: async (letter) => ({ extension: "html", content: mailOf(letter, means.settings.email.from ?? "", []).html }),
  };
}

interface Prepared {
  readonly mail: Mail;
  readonly smtp: Smtp;
  readonly proxy: HttpProxy | undefined;
}

/** What a mail needs, or what of it is missing. */
function prepare(letter: Letter, { settings: { email }, environment }: Means): Prepared | Attempt {
  try {
    const { from, to } = email;
    if (from === undefined) return missing("nobody is named as its sender: set notify.email.from in churn.yaml");
    if (to.length === 0) return missing("nobody is named who gets it: set notify.email.to in churn.yaml");
    const found = readSmtp(email, environment);
    if (found.kind === "missing") return missing(found.reason);
    const { smtp } = found;
    const address = new URL(`https://${smtp.host.includes(":") ? `[${smtp.host}]` : smtp.host}:${smtp.port}`);
    return { mail: mailOf(letter, from, to), smtp, proxy: proxyFor(address, environment.get) };
  } catch (error) {
    // A secret's file that isn't there, a proxy that is none.
    if (error instanceof ChurnError) return missing([error.message, error.hint ?? ""].filter(Boolean).join("; "));
    throw error;
  }
}

function missing(reason: string): Attempt {
  return { kind: "unsent", reason, retry: undefined };
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
