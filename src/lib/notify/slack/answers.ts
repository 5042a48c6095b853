import * as z from "zod";
import { visibleLine } from "../../cli/visible.ts";
import { own } from "../../config/own.ts";
import type { HttpAnswer } from "../../http/http.ts";
import type { NetworkFailure } from "../../http/network-failure.ts";
import type { Repeated } from "../../http/repeat.ts";
import { redactor } from "../../workspace/redact.ts";
import { isMaskable } from "../../workspace/secrets.ts";
import type { Attempt, Reach } from "../channel.ts";
import { mayPass } from "../reach-host.ts";

/** How a message goes to Slack. */
export type Way =
  | { readonly kind: "bot"; readonly api: URL; readonly token: string; readonly channel: string }
  | { readonly kind: "webhook"; readonly url: URL };

/** Seconds before another attempt where Slack names none: it takes a message a second from each way. */
const USUAL_WAIT_SECONDS = 1;
/** Letters of what Slack says. */
const QUOTED = 300;
/** A receipt's. */
const RECEIPT = 100;

/** What Slack says of itself, not of the message: nothing was done. */
const LATER = new Set(["ratelimited", "rate_limited", "service_unavailable", "request_timeout", "team_added_to_org"]);
/** Of these Slack's documentation says that a part may have been done. */
const PERHAPS = new Set(["internal_error", "fatal_error"]);
const NOT_DONE = new Set([408, 425, 429, 503]);

const NEW_TOKEN = "copy the app's Bot User OAuth Token anew into SLACK_BOT_TOKEN";
const NEW_WEBHOOK = "make a new webhook in the app, and set SLACK_WEBHOOK_URL to its whole address";
const ANOTHER_CHANNEL = "unarchive it, or post to another one";
const ASK_ADMINISTRATOR = "ask an administrator of the Slack workspace, whose settings forbid it";
const DEFECT = "that is a defect in churn, please report it";

/** What is to be done about a refusal, by Slack's word; a function where it depends on the way. */
const ADVICE: Readonly<Record<string, string | ((way: Way) => string)>> = {
  channel_not_found: (way) =>
    way.kind === "bot"
      ? `look at notify.slack.channel, ${way.channel}; in a private channel the app has to be invited: /invite @APP`
      : NEW_WEBHOOK,
  not_in_channel: (way) =>
    way.kind === "bot"
      ? `invite the app into ${way.channel} (/invite @APP), or give it the scope chat:write.public`
      : NEW_WEBHOOK,
  is_archived: ANOTHER_CHANNEL,
  channel_is_archived: ANOTHER_CHANNEL,
  invalid_auth: NEW_TOKEN,
  not_authed: NEW_TOKEN,
  token_revoked: NEW_TOKEN,
  token_expired: NEW_TOKEN,
  account_inactive: NEW_TOKEN,
  not_allowed_token_type: NEW_TOKEN,
  no_service: NEW_WEBHOOK,
  no_team: NEW_WEBHOOK,
  no_active_hooks: NEW_WEBHOOK,
  user_not_found: NEW_WEBHOOK,
  invalid_token: (way) => (way.kind === "bot" ? NEW_TOKEN : NEW_WEBHOOK),
  action_prohibited: ASK_ADMINISTRATOR,
  restricted_action: ASK_ADMINISTRATOR,
  posting_to_general_channel_denied: ASK_ADMINISTRATOR,
  team_access_not_granted: ASK_ADMINISTRATOR,
  ekm_access_denied: ASK_ADMINISTRATOR,
  invalid_blocks: DEFECT,
  invalid_blocks_format: DEFECT,
  invalid_payload: DEFECT,
  invalid_arguments: DEFECT,
  msg_blocks_too_long: DEFECT,
  msg_too_long: DEFECT,
  no_text: DEFECT,
};

/** What the Web API answers, and as much of it as matters. */
const apiAnswer = z.object({
  ok: z.boolean(),
  channel: z.string().optional().catch(undefined),
  ts: z.string().optional().catch(undefined),
  user: z.string().optional().catch(undefined),
  team: z.string().optional().catch(undefined),
  error: z.string().catch("no word of why"),
  needed: z.string().optional().catch(undefined),
  errors: z.array(z.string()).catch([]),
  response_metadata: z.object({ messages: z.array(z.string()).catch([]) }).catch({ messages: [] }),
});
type ApiAnswer = z.infer<typeof apiAnswer>;

/** What became of a message, by the answer that came, or by what went wrong. Slack's words are quoted without secrets. */
export function attemptOf(last: Repeated, way: Way): Attempt {
  if (last.kind === "failure") return attemptOfFailure(last.failure);
  const { answer } = last;
  const said = saidIn(answer);
  if (isOk(answer, said, way)) return sent(said, way);
  return refusal(answer, said, way);
}

function attemptOfFailure({ unsent, message }: NetworkFailure): Attempt {
  return unsent
    ? { kind: "unsent", reason: `Slack can't be reached: ${message}`, retry: { after: 0 } }
    : { kind: "unknown", reason: `the message left, and no answer came: ${message}` };
}

/** A webhook answers in text, the Web API in JSON; some servers that speak like Slack's do it the other way. */
function saidIn({ body }: HttpAnswer): ApiAnswer | string {
  const text = body.toString("utf8").trim();
  try {
    return apiAnswer.parse(JSON.parse(text));
  } catch {
    return text;
  }
}

function isOk({ status }: HttpAnswer, said: ApiAnswer | string, { kind }: Way): boolean {
  if (status < 200 || status > 299) return false;
  return kind === "webhook" ? said === "ok" : typeof said !== "string" && said.ok;
}

function sent(said: ApiAnswer | string, way: Way): Attempt {
  if (way.kind === "webhook" || typeof said === "string")
    return { kind: "sent", detail: "by its webhook", receipt: { answer: "ok" } };
  const receipt = Object.fromEntries(
    Object.entries({ channel: said.channel, ts: said.ts }).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, visibleLine(value, RECEIPT)]],
    ),
  );
  return { kind: "sent", detail: way.channel, receipt };
}

function refusal(answer: HttpAnswer, said: ApiAnswer | string, way: Way): Attempt {
  const { kind, reason } = judged(answer, said, way);
  switch (kind) {
    case "busy":
      return { kind: "unsent", reason, retry: { after: secondsAsked(answer) } };
    case "fails":
      return { kind: "unknown", reason: `${reason}, after which the message may be there or not` };
    case "stranger":
      // It may stand before Slack, and have passed the message on.
      return { kind: "unknown", reason };
    case "no":
      return { kind: "unsent", reason, retry: undefined };
  }
}

/** What an answer says that isn't yes. */
function judged(answer: HttpAnswer, said: ApiAnswer | string, way: Way) {
  const { status } = answer;
  const word = wordOf(said);
  const isRefused = typeof said !== "string" && !said.ok;
  const named = word === undefined ? `HTTP ${status}${isRefused ? " without a reason" : ""}` : quoted(word, way);
  const is = (kind: "busy" | "fails" | "stranger" | "no", reason: string) => ({ kind, reason });
  if (NOT_DONE.has(status) || (word !== undefined && LATER.has(word)))
    return is("busy", `Slack is busy, and answers ${named}`);
  if (status >= 500 || (word !== undefined && PERHAPS.has(word))) return is("fails", `Slack answers ${named}`);
  if (status < 300 && word === undefined && !isRefused)
    return is("stranger", `what answers is not Slack, as it seems (HTTP ${status} without Slack's word)`);
  return is("no", `Slack refuses it: ${reasonOf(named, word, { status, said }, way)}`);
}

/** Whose a token is, by the answer to auth.test, or why it can't be used. */
export function reachOf(last: Repeated, way: Extract<Way, { kind: "bot" }>): Reach {
  if (last.kind === "failure") {
    const { failure } = last;
    return { kind: "closed", reason: `Slack can't be reached: ${failure.message}`, mayPass: mayPass(failure) };
  }
  const { answer } = last;
  const said = saidIn(answer);
  if (!isOk(answer, said, way) || typeof said === "string") {
    const { kind, reason } = judged(answer, said, way);
    return { kind: "closed", reason, mayPass: kind === "busy" || kind === "fails" };
  }
  // Slack names the rights of the token in a header of each answer.
  const scopes = answer.headers["x-oauth-scopes"];
  if (scopes !== undefined && !scopes.split(/[\s,]+/).some((scope) => /^chat:write(?::bot)?$/.test(scope)))
    return { kind: "closed", reason: `the token may not post: ${giveScope("chat:write")}`, mayPass: false };
  const [user, team] = [said.user, said.team].map((name = "?") => quoted(name, way));
  return { kind: "open", detail: `${user} of ${team}; whether it may post in ${way.channel} only a message shows` };
}

function reasonOf(
  named: string,
  word: string | undefined,
  { status, said }: { readonly status: number; readonly said: ApiAnswer | string },
  way: Way,
): string {
  if (status < 400 && status >= 300) return `${named}, a redirect, which is not followed; ${questionOn(way)}`;
  const words = typeof said === "string" ? [] : [...said.errors, ...said.response_metadata.messages];
  const details = words.length === 0 ? "" : `, "${quoted(words.join("; "), way)}"`;
  return `${named}${details}; ${adviceOn(word, said, way)}`;
}

function adviceOn(word: string | undefined, said: ApiAnswer | string, way: Way): string {
  if (word === "missing_scope") {
    const needed = typeof said === "string" || said.needed === undefined ? "chat:write" : quoted(said.needed, way);
    return giveScope(needed);
  }
  const known = word === undefined ? undefined : own(ADVICE, word);
  if (known !== undefined) return typeof known === "string" ? known : known(way);
  return word === undefined ? questionOn(way) : "docs.slack.dev explains the word";
}

function giveScope(needed: string): string {
  return `give the app the scope ${needed} and install it again`;
}

/** Where no Slack answers. */
function questionOn({ kind }: Way): string {
  const address = kind === "bot" ? "SLACK_API_URL" : "SLACK_WEBHOOK_URL";
  return `is the way there right (${address}, HTTPS_PROXY)?`;
}

/** Slack's one word. Pages of others are no answer of Slack's, and are not quoted. */
function wordOf(said: ApiAnswer | string): string | undefined {
  const word = typeof said === "string" ? said : said.error;
  return /^[a-z][a-z0-9_]{1,79}$/.test(word) && !(typeof said !== "string" && said.ok) ? word : undefined;
}

/** A server that fails may answer with what it was sent. */
function quoted(text: string, way: Way): string {
  const secrets = way.kind === "bot" ? [way.token] : [way.url.href, way.url.pathname, way.url.search];
  return visibleLine(redactor(secrets.filter(isMaskable))(text), QUOTED);
}

function secondsAsked({ headers }: HttpAnswer): number {
  const asked = Number.parseInt(headers["retry-after"] ?? "", 10);
  return asked >= 0 ? asked : USUAL_WAIT_SECONDS;
}
