import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test as base, expect } from "vitest";
import { type NotifySettings, notifySection } from "../../src/lib/config/notify-section.ts";
import type { ChannelMeans } from "../../src/lib/notify/channel.ts";
import { openChannels } from "../../src/lib/notify/open.ts";
import { openFolderStore } from "../../src/lib/store/folder.ts";
import { failed, letterOf, notRegistered } from "../support/letters.ts";

const test = base.extend<{ root: string }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixture's needs from the pattern
  root: async ({}, use) => {
    const root = await mkdtemp(join(tmpdir(), "churn-channels-"));
    await use(root);
    await rm(root, { recursive: true, force: true });
  },
});

const means = (
  root: string,
  channels: NotifySettings["channels"],
  say: (line: string) => void = () => {},
): ChannelMeans => ({
  settings: notifySection.parse({ channels }),
  store: openFolderStore(root),
  root,
  environment: { get: () => undefined, secret: () => undefined },
  say,
});

test("the channels of churn.yaml are opened in its order, those of this machine first, each once", async ({ root }) => {
  const names = (channels: NotifySettings["channels"]) => openChannels(means(root, channels)).map(({ name }) => name);
  expect(names(["file", "terminal"])).toEqual(["file", "terminal"]);
  expect(names(["webhook", "slack", "file", "email", "file", "terminal"])).toEqual([
    ...["file", "terminal", "webhook", "slack", "email"],
  ]);
  expect(names([])).toEqual([]);
});

test("the file channel keeps a text a message, with what stands around it", async ({ root }) => {
  const [file] = openChannels(means(root, ["file"]));
  const letter = letterOf(notRegistered, {
    notes: ["slack has not been told"],
    series: { since: "2026-11-20", nights: 3 },
  });
  expect(await file?.send(letter, 1)).toEqual({ kind: "sent", detail: "notifications/2026-11-23.txt" });
  const text = [
    "ℹ️ Training completed, no new model registered.",
    `Reason: ${notRegistered.reason}`,
    "It works again: it had failed since the night of 2026-11-20, for 3 nights",
    "slack has not been told",
    "",
  ].join("\n");
  expect(await readFile(join(root, "notifications", "2026-11-23.txt"), "utf8")).toBe(text);
  expect(await file?.show(letter)).toEqual({ extension: "txt", content: text });
});

test("the terminal channel says a decision line by line, and nothing of a failure, whose error stands there already", async ({
  root,
}) => {
  const said: string[] = [];
  const [terminal] = openChannels(means(root, ["terminal"], (line) => said.push(line)));
  expect(await terminal?.send(letterOf(failed), 1)).toEqual({ kind: "sent", detail: "shown" });
  expect(said).toEqual([]);
  await terminal?.send(letterOf(notRegistered), 1);
  expect(said).toEqual(["ℹ️ Training completed, no new model registered.", `Reason: ${notRegistered.reason}`]);
});
