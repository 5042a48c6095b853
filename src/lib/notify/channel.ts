import type { ChannelName, NotifySettings } from "../config/notify-section.ts";
import type { Store } from "../store/store.ts";
import type { Environment } from "../workspace/env.ts";
import type { Letter } from "./letter.ts";

/** What a channel keeps as proof, by its own names: Slack's `ts`, a mail's `message_id`. */
export type ReceiptFields = Readonly<Record<string, string>>;

/** How one attempt at sending ended. */
export type Attempt =
  | { readonly kind: "sent"; readonly detail: string; readonly receipt?: ReceiptFields }
  /** It surely has not arrived. `retry` says whether another attempt may do, and after how many seconds at least. */
  | { readonly kind: "unsent"; readonly reason: string; readonly retry: { readonly after: number } | undefined }
  /** It left, and nobody answered: it may have arrived. */
  | { readonly kind: "unknown"; readonly reason: string };

/** Whether a message would arrive, as far as that can be known without one. */
export type Reach =
  /** half a sentence: "mail.company.com:587 lets churn in" */
  | { readonly kind: "open"; readonly detail: string }
  /** `mayPass` says whether it may be otherwise a moment later, by itself */
  | { readonly kind: "closed"; readonly reason: string; readonly mayPass: boolean };

/** Where a message can go. */
export interface Channel {
  /** as churn.yaml names it */
  readonly name: ChannelName;
  /** Whether a second copy does no harm: then it is tried until it has surely arrived. Otherwise it is sent at most once. */
  readonly isRepeatable: boolean;
  /**
   * Tries once. It loads what it needs here, and throws for nothing that a service, the network or configuration may do.
   *
   * @param secondsLeft  until the attempt has to be over
   */
  send(letter: Letter, secondsLeft: number): Promise<Attempt>;
  /**
   * Asks whether a message would get there, and sends nothing. Of what is on this machine there is nobody to ask.
   *
   * @param secondsLeft  until it has to be over
   * @throws as `send`
   */
  reach?(secondsLeft: number): Promise<Reach>;
  /** What it would send, for people who look at it first. Nothing is sent, and nothing but the letter is needed for it. */
  show(letter: Letter): Promise<Shown>;
}

export interface Shown {
  /** of a file with this content: txt, html, json */
  readonly extension: "txt" | "html" | "json";
  readonly content: string;
}

/** What channels are opened with. */
export interface ChannelMeans {
  readonly settings: NotifySettings;
  readonly store: Store;
  /** the workspace's folder, against which relative paths of the environment stand */
  readonly root: string;
  /** where addresses, tokens, passwords and proxies stand */
  readonly environment: Pick<Environment, "get" | "secret">;
  /** Shows a line to whoever watches. */
  readonly say: (line: string) => void;
}

/** Whether it is of this machine, where what is told leaves nothing. */
export function isHere({ name }: Pick<Channel, "name">): boolean {
  return name === "terminal" || name === "file";
}
