import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect } from "vitest";
import type { NotifySettings } from "../../src/lib/config/notify-section.ts";
import { mondayOf } from "../../src/lib/notify/digest.ts";
import type { Letter } from "../../src/lib/notify/letter.ts";
import { openOutbox } from "../../src/lib/notify/outbox/outbox.ts";
import { failureDigest } from "../../src/lib/notify/series.ts";
import { failedKey, type Team, type ToldEvent } from "../../src/lib/notify/team.ts";
import { title } from "../../src/lib/notify/text.ts";
import { undeliveredSentences } from "../../src/lib/notify/undelivered.ts";
import { openFolderStore } from "../../src/lib/store/folder.ts";
import type { Store } from "../../src/lib/store/store.ts";
import { addDays } from "../../src/lib/workspace/night.ts";
import { backfilled, failed, notRegistered, registered } from "../support/letters.ts";
import { test } from "../support/records.ts";
import { type ProbeChannel, probeChannel, teamOf } from "../support/team.ts";

const NIGHT = "2026-11-23";
const failedAtTrain = { ...failed, stage: "train" };
const noStage = async () => ({ stage: null, reason: null });

interface Nights {
  readonly slack: ProbeChannel;
  readonly team: Team;
  /** A night that ends as it is said, told as run-all does. */
  night(date: string, how: "registered" | "not_registered" | "killed" | { readonly fails: string }): Promise<void>;
}

function nightsOf(store: Store, settings: Partial<NotifySettings> = {}): Nights {
  const slack = probeChannel("slack");
  const team = teamOf(store, [probeChannel("file", true), slack], settings);
  return {
    slack,
    team,
    night: async (night, how) => {
      const run = `${night.replaceAll("-", "")}T050000Z-0001`;
      await team.begin({ id: run, night }, async () => ({ stage: "train", reason: null }));
      if (how === "killed") return;
      if (typeof how === "object") {
        for (const { run: killed, night: of, stage } of await team.untold(night))
          await team.tell({
            key: failedKey(of, killed),
            message: { ...failedAtTrain, night: of, run: killed, stage: stage ?? "start", reason: "interrupted" },
            next: [],
          });
        await team.tell({
          key: failedKey(night, run),
          message: { ...failedAtTrain, night, run, reason: how.fails },
          failure: failureDigest("train", 5, how.fails),
          next: [],
        });
      } else {
        const message = how === "registered" ? { ...registered, night } : { ...notRegistered, night };
        await team.tell({ key: night, message, next: [] });
      }
      await team.tellDigest(night);
      await team.flush();
      await team.end();
    },
  };
}

const said = ({ message, series, notes }: Letter) =>
  [title(message), ...(series === null ? [] : [`${series.since}/${series.nights}`]), ...notes].join(" | ");

const NONE = "Training completed, no new model registered.";
const NEW = "New churn model registered!";
const failedOn = (night: string) => `Churn training failed at train, night of ${night}`;

test("fourteen nights of which five fail: each is told once, a failure that goes on after so many nights again", async ({
  archive: { store },
}) => {
  const { slack, night } = nightsOf(store, { remind: 2 });
  const plan = [
    ...["not_registered", "registered"],
    ...[{ fails: "the snapshot of 2026-11-11 is missing" }, { fails: "the snapshot of 2026-11-12 is missing" }],
    ...[{ fails: "the snapshot of 2026-11-13 is missing" }, { fails: "the disk is full" }],
    ...["not_registered", "not_registered", { fails: "the disk is full" }],
    ...["registered", "not_registered", "killed", "not_registered", "not_registered"],
  ] as const;
  for (const [index, how] of plan.entries()) await night(addDays("2026-11-09", index), how);
  expect(slack.arrived.map(said)).toEqual([
    NONE,
    NEW,
    failedOn("2026-11-11"),
    `${failedOn("2026-11-13")} | 2026-11-11/3`,
    `${failedOn("2026-11-14")} | 2026-11-11/4`,
    `${NONE} | 2026-11-11/4`,
    NONE,
    failedOn("2026-11-17"),
    `${NEW} | 2026-11-17/1`,
    NONE,
    `${NONE} | the night of 2026-11-20 was interrupted at train`,
    NONE,
  ]);
});

test("a run that was killed is told by itself where the next one fails too, and never twice", async ({
  archive: { store },
}) => {
  const { slack, night } = nightsOf(store);
  await night("2026-11-20", "killed");
  await night("2026-11-21", { fails: "the disk is full" });
  await night("2026-11-22", "not_registered");
  expect(slack.arrived.map(said)).toEqual([failedOn("2026-11-20"), failedOn("2026-11-21"), `${NONE} | 2026-11-21/1`]);
});

test("nights without a new model are kept for Monday, and told in one message", async ({ archive: { store } }) => {
  const { slack, night } = nightsOf(store, { digest: "weekly" });
  await night("2026-11-20", "not_registered");
  await night("2026-11-21", "registered");
  await night("2026-11-22", "not_registered");
  await night("2026-11-23", "not_registered");
  await night("2026-11-24", "not_registered");
  expect(slack.arrived.map(said)).toEqual([NEW, "No new model on 2 nights, 2026-11-20 to 2026-11-22."]);
  await night("2026-12-01", "registered");
  expect(slack.arrived.slice(2).map(said)).toEqual([NEW, "No new model on 2 nights, 2026-11-23 to 2026-11-24."]);
  expect((await openOutbox(store).state()).kept).toEqual([]);
});

test("a night that is over a failure waits for no digest", async ({ archive: { store } }) => {
  const { slack, night } = nightsOf(store, { digest: "weekly" });
  await night("2026-11-24", { fails: "the disk is full" });
  await night("2026-11-25", "not_registered");
  expect(slack.arrived.map(said)).toEqual([failedOn("2026-11-24"), `${NONE} | 2026-11-24/1`]);
});

describe("nights of a backfill", () => {
  const key = "backfill.20261124T050000Z-7f3a";
  const inside = (team: Team, night: string) =>
    team.tell({ key: night, message: { ...notRegistered, night }, toldIn: key, next: [] });
  const message = { ...backfilled, left: [], nights: backfilled.nights.slice(0, 1) };

  test("are kept for its message, which tells of all of them at once", async ({ archive: { store } }) => {
    const [file, slack] = [probeChannel("file", true), probeChannel("slack")];
    const team = teamOf(store, [file, slack], { digest: "weekly" });
    const outbox = openOutbox(store);
    for (const night of ["2026-11-18", "2026-11-20"]) await inside(team, night);
    expect([...file.arrived, ...slack.arrived]).toEqual([]);
    expect((await outbox.entry("2026-11-18"))?.channels.slack).toMatchObject({ state: "kept", detail: `for ${key}` });
    // Neither a digest nor another run's end tells of them while it may be at work.
    await team.tellDigest("2026-11-30");
    await team.tellLeft();
    expect(slack.arrived).toEqual([]);

    await team.tellTogether({ key, message, next: [] });
    expect([file, slack].map(({ arrived }) => arrived.map((one) => one.key))).toEqual([[key], [key]]);
    for (const night of ["2026-11-18", "2026-11-20"])
      expect((await outbox.entry(night))?.channels).toMatchObject({
        file: { state: "sent", detail: `in ${key}` },
        slack: { state: "sent", detail: `in ${key}` },
      });
    expect(await outbox.state()).toMatchObject({ kept: [], open: [] });
  });

  test("are told by a next backfill that comes to them, where the first was killed", async ({ archive: { store } }) => {
    const [file, slack] = [probeChannel("file", true), probeChannel("slack")];
    const team = teamOf(store, [file, slack]);
    await inside(team, "2026-11-18");
    const next = "backfill.20261124T060000Z-0001";
    await team.tell({ key: "2026-11-18", message: notRegistered, toldIn: next, next: [] });
    expect([...file.arrived, ...slack.arrived]).toEqual([]);
    await team.tellTogether({ key: next, message, next: [] });
    expect((await openOutbox(store).entry("2026-11-18"))?.channels.slack).toMatchObject({ detail: `in ${next}` });
    expect((await openOutbox(store).state()).kept).toEqual([]);
  });

  test("are told by the next run where it was killed, once", async ({ archive: { store } }) => {
    const slack = probeChannel("slack");
    for (const night of ["2026-11-20", "2026-11-18"]) await inside(teamOf(store, [slack]), night);
    const later = teamOf(store, [slack], {}, "2026-11-23T18:00:00.000Z");
    await later.tellLeft();
    await later.tellLeft();
    expect(slack.arrived).toMatchObject([
      {
        key,
        message: {
          kind: "backfill",
          was_killed: true,
          nights: [{ night: "2026-11-18" }, { night: "2026-11-20", outcome: "not_registered", version: null }],
        },
      },
    ]);
    expect((await openOutbox(store).state()).kept).toEqual([]);
  });

  test("end no series of failures, and what they were tried for in vain is over", async ({ archive: { store } }) => {
    const { slack, team, night } = nightsOf(store);
    await night("2026-11-18", { fails: "the disk is full" });
    await team.leaveUntold({
      run: "r",
      night: "2026-11-19",
      host: "h",
      stage: "extract",
      reason: "late",
      failure: "x",
    });
    await team.leaveUntold({
      run: "s",
      night: "2026-11-21",
      host: "h",
      stage: "extract",
      reason: "late",
      failure: "x",
    });
    await inside(team, "2026-11-18");
    await team.tellTogether({
      key,
      message: { ...message, nights: [...message.nights, ...backfilled.nights.slice(1, 2)] },
      next: [],
    });
    await night("2026-11-23", "not_registered");
    expect(slack.arrived.map(said)).toEqual([
      failedOn("2026-11-18"),
      "Backfill of 2026-11-18 to 2026-11-19: 1 night decided, 1 failed. | the night of 2026-11-21 came to nothing at extract: late",
      `${NONE} | 2026-11-18/1`,
    ]);
  });

  test("go to the channels that hear of one of them", async ({ archive: { store } }) => {
    const [slack, email] = [probeChannel("slack"), probeChannel("email")];
    const team = teamOf(store, [slack, email], {
      slack: { channel: "#a", on: ["failed"] },
      email: { to: [], smtp: { port: 587, require_tls: true }, on: ["registered"] },
    });
    await team.tellTogether({ key, message: { ...message, nights: backfilled.nights.slice(0, 2) }, next: [] });
    expect([slack.arrived.length, email.arrived.length]).toEqual([1, 0]);
  });
});

describe("a channel that fails", () => {
  const busy = { kind: "unsent", reason: "it is down", retry: { after: 100 } } as const;

  test("keeps none of the others from hearing, and is told at the next start, alone", async ({
    archive: { store },
  }) => {
    const slack = probeChannel("slack");
    const email = probeChannel("email");
    const team = teamOf(store, [slack, email]);
    slack.answers.push(busy);
    await team.tell({ key: NIGHT, message: notRegistered, next: [] });
    expect([slack.arrived.length, email.arrived.length]).toEqual([0, 1]);
    expect(await team.undelivered()).toEqual([
      { key: NIGHT, channel: "slack", about: `the night of ${NIGHT}`, state: "pending", reason: "it is down" },
    ]);
    expect(await team.flush()).toEqual([
      { key: NIGHT, channel: "slack", about: `the night of ${NIGHT}`, detail: "to slack" },
    ]);
    expect([slack.arrived.length, email.arrived.length]).toEqual([1, 1]);
    expect(await team.undelivered()).toEqual([]);
  });

  test("is named in the next message, and hears the older ones first", async ({ archive: { store } }) => {
    const slack = probeChannel("slack");
    const email = probeChannel("email");
    const team = teamOf(store, [slack, email]);
    slack.answers.push(busy, busy);
    await team.tell({ key: NIGHT, message: notRegistered, next: [] });
    await team.tell({ key: "2026-11-24", message: { ...registered, night: "2026-11-24" }, next: [] });
    expect(slack.arrived).toEqual([]);
    await team.flush();
    expect(slack.arrived.map(({ key }) => key)).toEqual([NIGHT, "2026-11-24"]);
    expect(email.arrived.at(-1)?.notes).toEqual(["slack has not been told of the night of 2026-11-23 yet: it is down"]);
  });

  test("is asked once a start, unless what it refuses is the one message", async ({ archive: { store } }) => {
    const slack = probeChannel("slack");
    const team = teamOf(store, [slack]);
    slack.answers.push(busy, busy);
    for (const key of ["2026-11-21", "2026-11-22"])
      await team.tell({ key, message: { ...notRegistered, night: key }, next: [] });
    expect(slack.answers).toEqual([]);
    slack.answers.push({ kind: "unsent", reason: "it refuses the blocks", retry: undefined });
    await team.flush();
    expect(slack.arrived.map(({ key }) => key)).toEqual(["2026-11-22"]);
  });
});

describe("what may have arrived", () => {
  const lost = { kind: "unknown", reason: "nobody answered" } as const;

  test("is never sent again by itself, and said in the next message, once", async ({ archive: { store } }) => {
    const slack = probeChannel("slack");
    const team = teamOf(store, [slack]);
    slack.answers.push(lost);
    await team.tell({ key: NIGHT, message: notRegistered, next: [] });
    await team.flush();
    expect(slack.arrived).toHaveLength(1);
    expect(await team.undelivered()).toMatchObject([{ state: "unknown" }]);
    for (const night of ["2026-11-24", "2026-11-25"])
      await team.tell({ key: night, message: { ...notRegistered, night }, next: [] });
    expect(slack.arrived.map(({ notes }) => notes)).toEqual([
      [],
      [
        "whether slack was told of the night of 2026-11-23 is unknown: nobody answered; churn message flush --unknown sends it again",
      ],
      [],
    ]);
    expect(await team.undelivered()).toEqual([]);
  });

  test("is sent again on a person's word", async ({ archive: { store } }) => {
    const slack = probeChannel("slack");
    const team = teamOf(store, [slack]);
    slack.answers.push(lost);
    await team.tell({ key: NIGHT, message: notRegistered, next: [] });
    expect(await team.flush({ unknown: { since: "2026-11-01" } })).toMatchObject([{ key: NIGHT, channel: "slack" }]);
    expect(slack.arrived).toHaveLength(2);
    expect(await team.flush({ unknown: { since: "2026-11-01" } })).toEqual([]);
  });

  test("is what a killed churn was sending, on a channel that takes no second copy", async ({ archive: { store } }) => {
    const slack = probeChannel("slack");
    const webhook = probeChannel("webhook");
    // It gets no further than this, as a process that is killed.
    const killed = { ...slack, send: () => new Promise<never>(() => {}) };
    const dead = teamOf(store, [killed, { ...webhook, send: () => new Promise<never>(() => {}) }]);
    void dead.tell({ key: NIGHT, message: notRegistered, next: [] });
    const outbox = openOutbox(store);
    await expect.poll(async () => (await outbox.entry(NIGHT))?.channels.slack?.state).toBe("sending");

    const team = teamOf(store, [slack, webhook]);
    await team.begin({ id: "next", night: "2026-11-24" }, noStage);
    await team.tell({ key: NIGHT, message: notRegistered, next: [] });
    expect((await outbox.entry(NIGHT))?.channels).toMatchObject({
      slack: { state: "unknown" },
      webhook: { state: "sent" },
    });
    expect([slack.arrived.length, webhook.arrived.length]).toEqual([0, 1]);
  });
});

test("told once more, the terminal and the file have it again, and nobody else", async ({ archive: { store } }) => {
  const [file, slack] = [probeChannel("file", true), probeChannel("slack")];
  const team = teamOf(store, [file, slack]);
  for (const _ of [1, 2]) await team.tell({ key: NIGHT, message: notRegistered, next: [] });
  expect([file.arrived.length, slack.arrived.length]).toEqual([2, 1]);
});

test("a channel hears what it is told of, and the terminal and the file hear all", async ({ archive: { store } }) => {
  const channels = [probeChannel("file", true), probeChannel("slack"), probeChannel("email")] as const;
  const only = (on: NotifySettings["slack"]["on"]) => ({ on });
  const team = teamOf(store, channels, {
    slack: { channel: "#a", ...only(["failed"]) },
    email: { to: [], smtp: { port: 587, require_tls: true }, ...only(["registered", "production"]) },
  });
  await team.tell({ key: "1", message: notRegistered, next: [] });
  await team.tell({ key: "2", message: registered, next: [] });
  await team.tell({ key: "3", message: failedAtTrain, failure: "x", next: [] });
  const facts = { model: "churn-model", version: 2, replaced: [1], by: "maria", reason: null };
  await team.tell({ key: "4", message: { kind: "promoted", ...facts }, next: [] });
  expect(channels.map(({ arrived }) => arrived.map(({ key }) => key))).toEqual([
    ["1", "2", "3", "4"],
    ["3"],
    ["2", "4"],
  ]);
});

test("what is written down is without secrets, and commands in it name the workspace", async ({
  archive: { store },
}) => {
  const team = teamOf(store, [probeChannel("slack")]);
  await team.tell({
    key: NIGHT,
    message: { ...failedAtTrain, reason: "s3cret was refused" },
    next: ["churn run-all --date 2026-11-23 --set a=s3cret"],
  });
  const bytes = (await store.read(`notifications/outbox/${NIGHT}.json`))?.toString("utf8") ?? "";
  expect(bytes).not.toContain("s3cret");
  expect(bytes).toContain("churn -C /srv/churn run-all --date 2026-11-23 --set a=***");
});

test("a damaged outbox keeps nobody from being told, and forgets nothing that is unsent", async ({
  archive: { store },
}) => {
  const slack = probeChannel("slack");
  const team = teamOf(store, [slack]);
  slack.answers.push({ kind: "unsent", reason: "it is down", retry: undefined });
  await team.tell({ key: NIGHT, message: notRegistered, next: [] });
  await store.write("notifications/outbox.json", "{");
  await store.write("notifications/outbox/2026-11-20.json", "{");
  await team.tell({ key: "2026-11-24", message: { ...notRegistered, night: "2026-11-24" }, next: [] });
  expect(slack.arrived.map(({ key }) => key)).toEqual([NIGHT, "2026-11-24"]);
});

test("a week begins on Monday", () => {
  expect(["2026-11-22", "2026-11-23", "2026-11-29", "2026-11-30"].map(mondayOf)).toEqual([
    ...["2026-11-16", "2026-11-23", "2026-11-23", "2026-11-30"],
  ]);
});

test("a night that was to be tried later is told in the next night's message, if it came to nothing", async ({
  archive: { store },
}) => {
  const { slack, night, team } = nightsOf(store);
  const late = (of: string) =>
    team.leaveUntold({
      run: `${of}-1`,
      night: of,
      host: "ml-1",
      stage: "extract",
      reason: "no snapshot",
      failure: "x",
    });
  await late("2026-11-19");
  await night("2026-11-19", "not_registered");
  await late("2026-11-20");
  await late("2026-11-20");
  expect(await team.untold("2026-11-20")).toEqual([]);
  expect(await team.untold("2026-11-21")).toMatchObject([{ night: "2026-11-20", reason: "no snapshot" }]);
  await night("2026-11-21", "not_registered");
  expect(slack.arrived.map(said)).toEqual([
    NONE,
    `${NONE} | the night of 2026-11-20 came to nothing at extract: no snapshot`,
  ]);
});

describe("what one message says of the others", () => {
  const busy = { kind: "unsent", reason: "it is down", retry: { after: 100 } } as const;
  const lost = { kind: "unknown", reason: "nobody answered" } as const;

  test("holds while an older one is still unsent: a failure stays told, a killed run is named", async ({
    archive: { store },
  }) => {
    const [slack, email] = [probeChannel("slack"), probeChannel("email")];
    slack.answers.push(...Array.from({ length: 20 }, () => busy));
    const late = "slack has not been told of the night of 2026-11-19 yet: it is down";
    const on = { on: ["registered" as const] };
    const team = teamOf(store, [slack, email], { slack: { channel: "#a", ...on } });
    await team.tell({ key: "2026-11-19", message: { ...registered, night: "2026-11-19" }, next: [] });
    for (const night of ["2026-11-20", "2026-11-21", "2026-11-22"]) {
      const key = failedKey(night, "run");
      await team.tell({ key, message: { ...failedAtTrain, night }, failure: "same", next: [] });
    }
    await team.begin({ id: "full", night: "2026-11-23" }, noStage);
    await team.begin({ id: "killed", night: "2026-11-23.2" }, async () => ({
      stage: "extract",
      reason: "the disk was full",
    }));
    await team.begin({ id: "next", night: "2026-11-24" }, async () => ({ stage: "train", reason: null }));
    await team.tell({ key: "2026-11-24", message: { ...notRegistered, night: "2026-11-24" }, next: [] });
    expect(email.arrived.map(said)).toEqual([
      NEW,
      `${failedOn("2026-11-20")} | ${late}`,
      `${NONE} | 2026-11-20/3 | the night of 2026-11-23 came to nothing at extract: the disk was full | the night of 2026-11-23.2 was interrupted at train | ${late}`,
    ]);
  });

  test("of what is unknown waits for a message that somebody hears", async ({ archive: { store } }) => {
    const slack = probeChannel("slack");
    const team = teamOf(store, [probeChannel("file", true), slack]);
    const fails = (night: string) =>
      team.tell({ key: failedKey(night, "run"), message: { ...failedAtTrain, night }, failure: "same", next: [] });
    slack.answers.push(lost);
    await fails("2026-11-20");
    await fails("2026-11-21");
    expect(await team.undelivered()).toMatchObject([{ state: "unknown" }]);
    await team.tell({ key: "2026-11-22", message: { ...notRegistered, night: "2026-11-22" }, next: [] });
    expect(slack.arrived.at(-1)?.notes).toEqual([
      expect.stringContaining("whether slack was told of the night of 2026-11-20 is unknown"),
    ]);
    expect(await team.undelivered()).toEqual([]);
  });

  test("is one sentence a channel, however many it lacks, and two refusals are enough for one start", async ({
    archive: { store },
  }) => {
    const slack = probeChannel("slack");
    let attempts = 0;
    const refusing = {
      ...slack,
      send: async () => {
        attempts += 1;
        return { kind: "unsent", reason: "invalid_auth", retry: undefined } as const;
      },
    };
    const team = teamOf(store, [refusing, probeChannel("email")]);
    for (let day = 10; day < 20; day += 1) {
      const night = `2026-11-${day}`;
      await team.tell({ key: night, message: { ...notRegistered, night }, next: [] });
    }
    expect(attempts).toBeLessThan(22);
    expect(undeliveredSentences(await team.undelivered())).toEqual([
      "slack has not been told of the night of 2026-11-10 and 9 more yet: invalid_auth",
    ]);
  });

  test("ends after two weeks, is said once, and tried again on a person's word", async ({ archive: { store } }) => {
    const slack = probeChannel("slack");
    slack.answers.push(busy);
    await teamOf(store, [slack], {}, "2026-11-01T05:00:00.000Z").tell({ key: NIGHT, message: notRegistered, next: [] });
    const team = teamOf(store, [slack], {}, "2026-11-24T05:00:00.000Z");
    await team.tell({ key: "2026-11-24", message: { ...notRegistered, night: "2026-11-24" }, next: [] });
    expect(slack.arrived.map(({ key, notes }) => [key, ...notes])).toEqual([
      [
        "2026-11-24",
        "slack was never told of the night of 2026-11-23: it is down; churn message flush --unknown tries it again",
      ],
    ]);
    expect(await team.undelivered()).toEqual([]);
    expect(await team.flush({ unknown: { since: "2026-11-02" } })).toEqual([]);
    expect(await team.flush({ unknown: { since: "2026-11-01" } })).toMatchObject([{ key: NIGHT }]);
  });

  test("of a night that is decided late ends no series that came after it", async ({ archive: { store } }) => {
    const { slack, night } = nightsOf(store);
    await night("2026-11-21", { fails: "the disk is full" });
    await night("2026-11-10", "registered");
    await night("2026-11-22", { fails: "the disk is full" });
    await night("2026-11-23", "registered");
    expect(slack.arrived.map(said)).toEqual([failedOn("2026-11-21"), NEW, `${NEW} | 2026-11-21/2`]);
  });
});

test("a night that is decided after the week's digest waits for the next one", async ({ archive: { store } }) => {
  const { slack, team, night } = nightsOf(store, { digest: "weekly" });
  await night("2026-11-21", "not_registered");
  await team.tellDigest("2026-11-23");
  await night("2026-11-22", "not_registered");
  for (const today of ["2026-11-23", "2026-11-24", "2026-11-30", "2026-12-01"]) await team.tellDigest(today);
  expect(slack.arrived.map(said)).toEqual([
    "No new model on 1 night, 2026-11-21.",
    "No new model on 1 night, 2026-11-22.",
  ]);
});

test("a message that was cut off while it was written down is told once, and counts once", async () => {
  for (const writes of [1, 2, 3, 4, 5]) {
    const place = openFolderStore(await mkdtemp(join(tmpdir(), "churn-cut-")));
    let left = writes;
    const dying: Store = {
      ...place,
      write: async (key, content) => {
        left -= 1;
        if (left < 0) return await new Promise<never>(() => {});
        return await place.write(key, content);
      },
    };
    const slack = probeChannel("slack");
    const news = { key: failedKey(NIGHT, "run"), message: failedAtTrain, failure: "same", next: [] };
    void teamOf(dying, [slack]).tell(news);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const team = teamOf(place, [slack]);
    await team.begin({ id: "next", night: "2026-11-24" }, noStage);
    await team.tell(news);
    const states = (await openOutbox(place).entry(news.key))?.channels.slack?.state;
    expect(states === "unknown" ? slack.arrived.length <= 1 : slack.arrived.length === 1, `${writes}: ${states}`).toBe(
      true,
    );
    expect((await openOutbox(place).state()).failing).toMatchObject({ nights: [NIGHT], told_at: 1 });
  }
});

test("the ledger hears what was sent, what may have been, and of a series of failures that is over, each once", async ({
  archive: { store },
}) => {
  const told: ToldEvent[] = [];
  const [file, slack] = [probeChannel("file", true), probeChannel("slack")];
  const teamAt = (now: string) => teamOf(store, [file, slack], {}, now, (event) => told.push(event));
  for (const night of ["2026-11-21", "2026-11-22"])
    await teamAt(`${night}T05:00:00.000Z`).tell({
      key: failedKey(night, `${night}.run`),
      message: { ...failedAtTrain, night },
      failure: failureDigest("train", 5, "the disk is full"),
      next: [],
    });
  slack.answers.push({ kind: "unknown", reason: "nobody answered s3cret" });
  const good = teamAt("2026-11-23T05:00:00.000Z");
  for (let again = 0; again < 2; again += 1)
    await good.tell({ key: NIGHT, message: { ...registered, night: NIGHT }, next: [] });
  await good.flush();
  const sent = (night: string, channel: string, outcome: string) =>
    expect.objectContaining({ event: "sent", night, channel, outcome });
  expect(told).toEqual([
    sent("2026-11-21", "file", "sent"),
    sent("2026-11-21", "slack", "sent"),
    sent("2026-11-22", "file", "sent"),
    { event: "cleared", night: NIGHT, what: "failing", since: "2026-11-21", nights: 2 },
    sent(NIGHT, "file", "sent"),
    {
      event: "sent",
      night: NIGHT,
      channel: "slack",
      outcome: "unknown",
      key: NIGHT,
      message: "registered",
      detail: "nobody answered ***",
    },
    // Told anew, the file has it once more.
    sent(NIGHT, "file", "sent"),
  ]);
});
