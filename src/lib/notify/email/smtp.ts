import { isIP } from "node:net";
import * as z from "zod";
import type { NotifySettings } from "../../config/notify-section.ts";
import type { ChannelMeans } from "../channel.ts";

/** The way to a mail server. */
export interface Smtp {
  /** a name or an address, an IPv6 one without brackets */
  readonly host: string;
  readonly port: number;
  /** `first`: before a word is said; `required`: by STARTTLS or not at all; `offered`: by STARTTLS where the server has it */
  readonly tls: "first" | "required" | "offered";
  readonly login: Login | undefined;
}

interface Login {
  readonly user: string;
  readonly password: string;
  /** where both stand, for sentences */
  readonly named: string;
}

/** The way, or why there is none. */
export type SmtpOrNot =
  | { readonly kind: "smtp"; readonly smtp: Smtp }
  | { readonly kind: "missing"; readonly reason: string };

/** The port that speaks TLS from the start. */
const TLS_PORT = 465;
const SUBMISSION_PORT = 587;

const NAMED = "notify.email.smtp.user and SMTP_PASSWORD";

/** What an SMTP_URL says. */
interface UrlParts {
  readonly isTlsFirst: boolean;
  readonly host: string;
  readonly port: number | undefined;
  readonly user: string;
  readonly password: string;
}

const smtpUrl = z
  .string()
  // Nothing behind the host: a password with a / or a # that isn't escaped would end there, and its rest be another host.
  .regex(/^smtps?:\/\/[^\s/?#\\]+\/?$/i)
  .refine((text) => URL.canParse(text))
  .transform((text, context): UrlParts => {
    const parts = partsOf(new URL(text));
    if (parts !== undefined) return parts;
    context.addIssue("no mail server's address");
    return z.NEVER;
  });

/**
 * What churn.yaml and the environment say about the mail server: SMTP_URL alone where it is set, else the section with
 * SMTP_PASSWORD.
 *
 * @throws {UsageError} for a secret that can't be read
 */
export function readSmtp({ smtp }: NotifySettings["email"], { secret }: ChannelMeans["environment"]): SmtpOrNot {
  const url = secret("SMTP_URL");
  if (url !== undefined) return fromUrl(url, smtp.require_tls);
  const { host: named, port, user, require_tls } = smtp;
  if (named === undefined)
    return missing("no mail server is named: set notify.email.smtp.host in churn.yaml, or SMTP_URL in the environment");
  const host = plainHost(named);
  if (host === undefined)
    return missing("notify.email.smtp.host is no host: write its name alone, such as smtp.company.com");
  const password = secret("SMTP_PASSWORD");
  if (user === undefined && password !== undefined)
    return missing("SMTP_PASSWORD is set, but no notify.email.smtp.user: set that too, or unset the password");
  if (user !== undefined && password === undefined)
    return missing("notify.email.smtp.user is set, but no SMTP_PASSWORD: set it in the environment or .env");
  const login = user === undefined || password === undefined ? undefined : { user, password, named: NAMED };
  return { kind: "smtp", smtp: { host, port, tls: tlsOf(port === TLS_PORT, require_tls), login } };
}

function fromUrl(text: string, requireTls: boolean): SmtpOrNot {
  const { data } = smtpUrl.safeParse(text);
  if (data === undefined)
    // Never a word of it: it has a password.
    return missing(
      "SMTP_URL is no mail server's address: write smtp://USER:PASSWORD@HOST:PORT, and @ : / % # ? of user and password as %40 %3A %2F %25 %23 %3F",
    );
  const { isTlsFirst, host, user, password } = data;
  const port = data.port ?? (isTlsFirst ? TLS_PORT : SUBMISSION_PORT);
  const login = user === "" ? undefined : { user, password, named: "user and password of SMTP_URL" };
  return { kind: "smtp", smtp: { host, port, tls: tlsOf(isTlsFirst || port === TLS_PORT, requireTls), login } };
}

/** Undefined where it is none: half of a login is a slip of the pen. */
function partsOf({ protocol, hostname, port, username, password: escaped }: URL): UrlParts | undefined {
  const host = plainHost(hostname);
  const user = decoded(username);
  const password = decoded(escaped);
  if (host === undefined || user === undefined || password === undefined || port === "0") return undefined;
  if ((user === "") !== (password === "")) return undefined;
  return { isTlsFirst: protocol === "smtps:", host, port: port === "" ? undefined : Number(port), user, password };
}

function tlsOf(isFirst: boolean, isRequired: boolean): Smtp["tls"] {
  if (isFirst) return "first";
  return isRequired ? "required" : "offered";
}

function missing(reason: string): SmtpOrNot {
  return { kind: "missing", reason };
}

/** A host's name or address; undefined for what is neither. */
function plainHost(text: string): string | undefined {
  const address = text.replace(/^\[(.*)\]$/, "$1");
  if (isIP(address) === 6) return address;
  return /^(?=.{1,253}$)\w(?:[\w-]{0,61}\w)?(?:\.\w(?:[\w-]{0,61}\w)?)*\.?$/.test(text) ? text : undefined;
}

/** Undefined where a % escapes nothing, or what no login has. */
function decoded(text: string): string | undefined {
  try {
    const plain = decodeURIComponent(text);
    return /\p{Cc}/u.test(plain) ? undefined : plain;
  } catch {
    return undefined;
  }
}
