import { cp, mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { churn, lastDay } from "../../support/churn.ts";
import { type FakeSlack, startFakeSlack } from "../../support/fake-slack.ts";
import { replaceIn } from "../../support/mistake.ts";
import { type MailServer, startMailServer } from "./mail-server.ts";

/** Servers that are told of nights, and a sample whose nights are short. */
export interface Notified extends AsyncDisposable {
  /** where the workspaces are */
  readonly folder: string;
  readonly slack: FakeSlack;
  readonly mail: MailServer;
  /** A workspace with the sample, and with these words behind `notify: `. */
  workspaceOf(name: string, notify: string): Promise<string>;
}

/**
 * Starts it. All is gone with its disposal.
 *
 * @param stem          of the folder's name
 * @param setup.source  what the sample is read by, instead of its own
 */
export async function startNotified(stem: string, setup: { readonly source?: string } = {}): Promise<Notified> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), `${stem}-`)));
  const sample = join(folder, "sample");
  await mkdir(sample);
  await churn(sample, ["init", "--sample", "--date", lastDay]);
  const settings = join(sample, "churn.yaml");
  await replaceIn(settings, /rounds: 100/, "rounds: 5");
  if (setup.source !== undefined) await replaceIn(settings, /source: .*/, `source: ${setup.source}`);
  const [slack, mail] = await Promise.all([startFakeSlack(), startMailServer(folder)]);
  return {
    folder,
    slack,
    mail,
    async workspaceOf(name, notify) {
      const workspace = join(folder, name);
      await cp(sample, workspace, { recursive: true });
      await replaceIn(join(workspace, "churn.yaml"), /notify: .*/, `notify: ${notify}`);
      return workspace;
    },
    async [Symbol.asyncDispose]() {
      await slack[Symbol.asyncDispose]();
      await mail[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
