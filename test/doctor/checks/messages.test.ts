import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { messages } from "../../../src/lib/doctor/checks/messages.ts";
import type { Attempt } from "../../../src/lib/notify/channel.ts";
import { foundBy, writeNight, writeWorkspace } from "../../support/doctor.ts";
import { test } from "../../support/folder.ts";
import { registered } from "../../support/letters.ts";
import { probeChannel, teamOf } from "../../support/team.ts";

const set = ["notify.channels=[slack, email]"];

test("where nothing is left that is all", async ({ folder }) => {
  await writeWorkspace(folder);
  expect(await foundBy(messages, folder)).toEqual([{ state: "ok", text: "nothing is unsent" }]);
});

test("what has not been sent, or may have been, is a warning with what sends it", async ({ folder }) => {
  await writeWorkspace(folder);
  const { archive } = await writeNight(folder);
  const [slack, email] = [probeChannel("slack"), probeChannel("email")];
  const unsent: Attempt = { kind: "unsent", reason: "Slack is busy", retry: undefined };
  slack.answers.push(unsent);
  email.answers.push({ kind: "unknown", reason: "the connection was cut" });
  await teamOf(archive.store, [slack, email]).tell({ key: "2026-11-22", message: registered, next: [] });
  expect(await foundBy(messages, folder, { set })).toEqual([
    {
      state: "warning",
      text: "slack has not been told of the night of 2026-11-23 yet: Slack is busy",
      next: ["the next run-all sends what is missing, or at once: churn message flush"],
    },
    {
      state: "warning",
      text: "whether email was told of the night of 2026-11-23 is unknown: the connection was cut",
      next: ["churn message flush --unknown sends it again"],
    },
  ]);
  // Who is told no more is missed by nobody.
  expect(await foundBy(messages, folder)).toEqual([{ state: "ok", text: "nothing is unsent" }]);
});

test("of a store that can't be read nothing is known", async ({ folder }) => {
  await writeWorkspace(folder);
  await writeFile(join(folder, "workspace.json"), "{");
  expect(await foundBy(messages, folder)).toEqual([{ state: "unknown", text: "not looked at: the store first" }]);
});
