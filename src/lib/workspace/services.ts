import type { Config } from "../config/schema.ts";
import { type LazyEngine, lazyEngine } from "../engine/open.ts";
import type { Scoring } from "../model/scorer.ts";
import type { Channel } from "../notify/channel.ts";
import { openChannels } from "../notify/open.ts";
import { openOutbox } from "../notify/outbox/outbox.ts";
import { knownNames, withoutData } from "../notify/outgoing.ts";
import { openTeam, type Team } from "../notify/team.ts";
import { openSource } from "../source/open.ts";
import type { Source } from "../source/source.ts";
import { workspaceId } from "../store/id.ts";
import type { Store } from "../store/store.ts";
import { withContext } from "../tracking/context.ts";
import { heldTracking } from "../tracking/held.ts";
import { maskedTracking } from "../tracking/masked.ts";
import { openTracking } from "../tracking/open.ts";
import { runPage } from "../tracking/run-page.ts";
import type { Tracking } from "../tracking/tracking.ts";
import type { Environment } from "./env.ts";
import type { Workspace } from "./workspace.ts";

/** What a stage or a command may use besides its own files. Each is opened when it is first asked for, once a process. */
export interface Services {
  /** Passwords and tokens, by the names of their variables. */
  secrets(): Pick<Environment, "secret">;
  store(): Store;
  source(): Source;
  tracking(): Promise<Tracking>;
  /** What trains. */
  engine(): LazyEngine;
  /** What scores customers with a model. @param hear  is told, in a sentence, where a library fails and churn's own code goes on */
  scoring(hear?: (sentence: string) => void): Scoring;
  /** Who is told, by the channels of churn.yaml. */
  team(): Team;
  /** The channels themselves. */
  channels(): readonly Channel[];
}

export type ServiceName = keyof Services;

/** The section of churn.yaml by which a service is opened: whoever uses it depends on that section too. */
export const SERVICE_SECTIONS: Readonly<Record<ServiceName, keyof Config | undefined>> = {
  secrets: undefined,
  // Where files lie is no part of what is done with them.
  store: undefined,
  source: "source",
  tracking: "tracking",
  engine: "train",
  // Whoever scores, the scores are the same.
  scoring: undefined,
  // Who is told is no part of what is told.
  team: undefined,
  channels: undefined,
};

/**
 * The services of a workspace, to be closed with the process. Nothing is opened yet.
 *
 * @param workspace.ledger  hears what the team is told, where there is one
 * @param say               shows a line to whoever watches: how the terminal channel speaks
 * @throws {UsageError} when source.url is of an unknown kind
 */
export function openServices(
  {
    config,
    root,
    store,
    environment,
    ledger,
  }: Pick<Workspace, "config" | "root" | "store" | "environment"> & Partial<Pick<Workspace, "ledger">>,
  say: (line: string) => void,
): Services & AsyncDisposable {
  // Knowing its kind opens nothing, and an unknown one is refused before anything runs.
  const source = openSource(config.source, root, environment, config.s3);
  let tracking: Promise<Tracking> | undefined;
  const engine = lazyEngine(config.train, root, environment);
  let channels: ReturnType<typeof openChannels> | undefined;
  let team: Team | undefined;
  const services: Services & AsyncDisposable = {
    secrets: () => environment,
    store: () => store,
    source: () => source,
    engine: () => engine,
    scoring: (hear) => engine.scoring(hear),
    tracking: () => {
      tracking ??= openTracking(config.tracking, { s3: config.s3, root, environment }).then((opened) =>
        withContext(heldTracking(maskedTracking(opened, environment.redact), store.requireHeld), root, environment),
      );
      return tracking;
    },
    channels: () => {
      channels ??= openChannels({ settings: config.notify, store, root, environment, say });
      return channels;
    },
    team: () => {
      team ??= openTeam({
        outbox: openOutbox(store),
        channels: services.channels(),
        settings: config.notify,
        workspace: async () => ({ id: (await workspaceId(store)) ?? "", folder: environment.redact(root) }),
        pageOf: async (trackingRun) => runPage(await services.tracking(), trackingRun),
        outgoing: (letter) => withoutData(letter, knownNames(config)),
        redact: environment.redact,
        now: () => new Date(),
        onTold: (event) => ledger?.append(event),
      });
      return team;
    },
    async [Symbol.asyncDispose]() {
      // What could not be opened has been told where it was asked for.
      const opened = await tracking?.catch(() => undefined);
      await opened?.close();
    },
  };
  return services;
}
