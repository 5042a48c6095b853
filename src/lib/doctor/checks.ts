import type { Check } from "./check.ts";
import { clock } from "./checks/clock.ts";
import { configuration } from "./checks/configuration.ts";
import { disk } from "./checks/disk.ts";
import { email } from "./checks/email.ts";
import { engine } from "./checks/engine.ts";
import { heartbeat } from "./checks/heartbeat.ts";
import { lock } from "./checks/lock.ts";
import { messages } from "./checks/messages.ts";
import { node } from "./checks/node.ts";
import { registry } from "./checks/registry.ts";
import { schedule } from "./checks/schedule.ts";
import { secrets } from "./checks/secrets.ts";
import { slack } from "./checks/slack.ts";
import { source } from "./checks/source.ts";
import { store } from "./checks/store.ts";
import { tracking } from "./checks/tracking.ts";
import { webhook } from "./checks/webhook.ts";

/** THE list of what doctor looks at, in the order of the screen. A new check is a file and a line here. */
export const checks: readonly Check[] = [
  node,
  configuration,
  secrets,
  source,
  store,
  engine,
  tracking,
  registry,
  slack,
  email,
  webhook,
  heartbeat,
  messages,
  disk,
  clock,
  lock,
  schedule,
];
