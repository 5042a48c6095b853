import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type SlackMessage, threadedMessage, wholeMessage } from "../../../src/lib/notify/slack/blocks.ts";
import type { Words } from "../../../src/lib/notify/words.ts";
import { problemsOf, sizeOf, textsIn } from "../../support/fake-slack.ts";

const registered: Words = {
  sign: "✅",
  title: "New churn model registered!",
  figures: [
    { label: "Version", value: "4", change: null },
    { label: "F1", value: "0.571", change: "+3.4 % over version 3" },
    { label: "AUC-ROC", value: "0.841", change: null },
  ],
  sentences: ["Model is now in Staging. Please review and promote to Production."],
  evidence: [],
  tail: [],
  notes: ["Slack was told of the night of 2026-11-22 or not"],
  next: ["churn promote --version 4", "churn why 2026-11-23"],
  link: "https://mlflow.company.com/#/experiments/1/runs/3f9c?a=1&b=2",
  origin: "night of 2026-11-23, /srv/churn on vm-ml-1",
};

const failed: Words = {
  ...registered,
  sign: "❌",
  title: "Churn training failed at validate, night of 2026-11-23",
  figures: [],
  sentences: ["2 of 11 quality gates failed"],
  evidence: ["null_rate    10.8 %   at most 10.0 %   failed", "row_count      612   at least 1,000   failed"],
  tail: ["06:00:03 validate begins", "06:00:04 validate ends: `exit` <3> & so"],
  notes: [],
  next: ["churn run-all --date 2026-11-23"],
  link: null,
};

const plain = (text: string) => ({ type: "plain_text", text, emoji: false });
const markup = (text: string) => ({ type: "mrkdwn", text, verbatim: true });

test("a registered model stands there with its verdict first, its figures, and what to do next", () => {
  expect(wholeMessage(registered)).toEqual({
    text: `✅ New churn model registered!
Version 4   F1 0.571 (+3.4 % over version 3)   AUC-ROC 0.841
churn promote --version 4
churn why 2026-11-23`.replaceAll(">", "&gt;"),
    blocks: [
      { type: "header", text: plain("✅ New churn model registered!") },
      {
        type: "section",
        fields: [plain("Version\n4"), plain("F1\n0.571 (+3.4 % over version 3)"), plain("AUC-ROC\n0.841")],
      },
      { type: "section", text: plain("Model is now in Staging. Please review and promote to Production.") },
      { type: "section", text: plain("• Slack was told of the night of 2026-11-22 or not") },
      { type: "section", text: markup("Next\n```\nchurn promote --version 4\nchurn why 2026-11-23\n```") },
      {
        type: "section",
        text: markup("<https://mlflow.company.com/#/experiments/1/runs/3f9c?a=1&amp;b=2|Open the run>"),
      },
      { type: "context", elements: [plain("night of 2026-11-23, /srv/churn on vm-ml-1")] },
    ],
  });
});

const EVIDENCE =
  "```\nnull_rate    10.8 %   at most 10.0 %   failed\nrow_count      612   at least 1,000   failed\n```";
const TAIL =
  "The log's last lines\n```\n06:00:03 validate begins\n06:00:04 validate ends: 'exit' &lt;3&gt; &amp; so\n```";

test("a failure has its evidence and the log's end within the message, or in its thread", () => {
  const { blocks } = wholeMessage(failed);
  expect(blocks.slice(1, 4)).toEqual([
    { type: "section", text: plain("2 of 11 quality gates failed") },
    { type: "section", text: markup(EVIDENCE) },
    { type: "section", text: markup(TAIL) },
  ]);
  const { message, details } = threadedMessage(failed);
  expect(message.blocks).toEqual(blocks.filter((_, index) => index !== 2 && index !== 3));
  expect(details).toEqual({
    text: "Details: Churn training failed at validate, night of 2026-11-23",
    blocks: blocks.slice(2, 4),
  });
});

test("what has no details has no thread; notes go into it where they are long", () => {
  expect(threadedMessage(registered).details).toBeUndefined();
  expect(threadedMessage(registered).message).toEqual(wholeMessage(registered));
  const long = { ...registered, notes: ["note ".repeat(400)] };
  const { message, details } = threadedMessage(long);
  expect(JSON.stringify(message)).not.toContain("note note");
  expect(details?.blocks).toEqual([{ type: "section", text: plain(`• ${"note ".repeat(400)}`) }]);
});

test("of what is too long the first lines of evidence are kept, and the log's last ones", () => {
  const lines = (word: string) => Array.from({ length: 2000 }, (_, index) => `${word} ${index}`);
  const text = JSON.stringify(wholeMessage({ ...failed, evidence: lines("gate"), tail: lines("log") }).blocks);
  expect(text).toContain("gate 0\\n");
  expect(text).not.toContain("gate 1999");
  expect(text).toMatch(/… [\d,]+ more lines\\n```/);
  expect(text).toContain("log 1999\\n```");
  expect(text).not.toContain("log 0\\n");
});

test("a title that is longer than a header stands below it as a whole", () => {
  const title = `Version 4 of ${"churn-model-".repeat(20)} is in production.`;
  const [header, whole] = wholeMessage({ ...registered, title }).blocks;
  expect(header).toEqual({ type: "header", text: plain(`✅ ${title.slice(0, 147)}…`) });
  expect(whole).toEqual({ type: "section", text: plain(`✅ ${title}`) });
});

test("a command that code can't hold stands as it is, in plain text", () => {
  const { blocks } = wholeMessage({ ...registered, next: ["churn why '`id`'"], link: null });
  expect(blocks.at(-2)).toEqual({ type: "section", text: plain("churn why '`id`'") });
});

describe("a link", () => {
  const linkOf = (link: string) =>
    wholeMessage({ ...registered, link }).blocks.flatMap((one) =>
      "text" in one && one.text.text.includes("Open the run") ? [one.text.text] : [],
    );
  test.each(["javascript:alert(1)", "no address", "ftp://host/x", ""])("%s is none", (link) => {
    expect(linkOf(link)).toEqual([]);
  });
  test("has no credentials, and nothing that ends it", () => {
    expect(linkOf("https://me:geheim@mlflow/#/a|b>c<d`e&f")).toEqual([
      "<https://mlflow/#/a%7Cb%3Ec%3Cd%60e&amp;f|Open the run>",
    ]);
  });
});

/** Pieces that mean something to Slack, ends of letters, and long ones. */
const pieces = fc.constantFrom(
  ..."&<>`*_~|@#:\\\n\r\t \0\u2028\u202e\ud83d\ude00",
  ..."😀é中",
  "<!channel>",
  "<!here|x>",
  "<@U0123456>",
  "<#C0123>",
  "<https://evil.example|Open the run>",
  "```",
  "&lt;!channel&gt;",
  ":smile:",
  "@channel",
  "x".repeat(149),
  "<".repeat(900),
  "😀".repeat(1600),
  "`".repeat(3000),
  " ".repeat(3200),
);
const hostile = fc.oneof(
  fc.array(pieces, { maxLength: 12 }).map((all) => all.join("")),
  fc.string({ unit: "binary" }),
);
const lines = fc.array(hostile, { maxLength: 8 });
const manyLines = fc.oneof(
  lines,
  fc.tuple(fc.string({ maxLength: 40 }), fc.nat(1000)).map(([one, times]) => Array<string>(times).fill(one)),
);
const hostileWords: fc.Arbitrary<Words> = fc.record({
  sign: hostile,
  title: hostile,
  figures: fc.array(fc.record({ label: hostile, value: hostile, change: fc.option(hostile) }), { maxLength: 14 }),
  sentences: manyLines,
  evidence: manyLines,
  tail: manyLines,
  notes: manyLines,
  next: manyLines,
  link: fc.option(
    fc.oneof(
      hostile,
      hostile.map((text) => `https://mlflow/#/${text}`),
    ),
  ),
  origin: hostile,
});

/** The texts of a message that are mark-up for Slack, without what churn itself writes there: a link, and the fences of code. */
function markedUp({ text, blocks }: SlackMessage): string[] {
  const markups = blocks.flatMap((one) => textsIn(one)).filter(({ type }) => type === "mrkdwn");
  const inner = markups.map((one) =>
    one.text
      .replace(/^<https?:\/\/[^<>|`\s]+\|Open the run>$/, "")
      .replace(/^(?:(?:Next|The log's last lines)\n)?```\n([^`]*)\n```$/, "$1"),
  );
  return [text, ...inner.map((one) => one.replaceAll("`", "<"))];
}

function allOf(blocks: SlackMessage["blocks"]): number {
  return blocks.flatMap((one) => textsIn(one).map(sizeOf)).reduce((sum, size) => sum + size, 0);
}

test("whatever names hold, Slack takes the message, and nothing of them becomes more than text", () => {
  fc.assert(
    fc.property(hostileWords, (words) => {
      const { message, details } = threadedMessage(words);
      for (const one of [wholeMessage(words), message, ...(details === undefined ? [] : [details])]) {
        expect(problemsOf(one.text, one.blocks)).toEqual([]);
        for (const text of markedUp(one)) expect(text).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/);
        const texts = [one.text, ...one.blocks.flatMap((block) => textsIn(block)).map(({ text }) => text)];
        // Slack's limit over all blocks is documented nowhere: churn stays well below what others met.
        expect(allOf(one.blocks)).toBeLessThanOrEqual(12_000);
        for (const text of texts) expect(text).not.toMatch(/\p{Cs}|(?!\n)\p{Cc}/u);
      }
    }),
    { numRuns: 300 },
  );
});

test("a verdict is never lost beside what is long", () => {
  fc.assert(
    fc.property(hostileWords, (words) => {
      const calm = { ...words, sign: "❌", title: "It failed", origin: "/srv/churn on ml-1", figures: failed.figures };
      for (const { blocks, text } of [wholeMessage(calm), threadedMessage(calm).message]) {
        expect(blocks.at(0)).toEqual({ type: "header", text: plain("❌ It failed") });
        expect(blocks.at(-1)).toEqual({ type: "context", elements: [plain("/srv/churn on ml-1")] });
        expect(text.startsWith("❌ It failed")).toBe(true);
      }
    }),
    { numRuns: 100 },
  );
});
