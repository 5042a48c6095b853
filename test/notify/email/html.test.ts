import fc from "fast-check";
import { expect, test } from "vitest";
import { html } from "../../../src/lib/notify/email/html.ts";
import { type Words, words } from "../../../src/lib/notify/words.ts";
import { failed, hostileText, letterOf, notRegistered, registered } from "../../support/letters.ts";

const TAG = /<[^>]*>/g;

/** All text of a page, as a reader sees it. */
function seen(page: string): string {
  const [, body = ""] = page.split("<body");
  return body
    .replaceAll(TAG, " ")
    .replaceAll("&nbsp;", " ")
    .replaceAll("&lt;", "<")
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");
}

test("the verdict comes first, then figures, sentences, evidence, the log's end, what comes next, notes and origin", () => {
  const letter = letterOf(failed, {
    series: { since: "2026-11-21", nights: 3 },
    notes: ["A note"],
    tail: ["last line"],
    next: ["churn why 2026-11-23"],
    link: "https://mlflow.company.com/runs/1?a=1&b=2",
  });
  const page = html(words(letter), "its title");
  const order = [
    "❌",
    "Churn training failed at validate, night of 2026-11-23",
    "1 of 13 quality gates failed",
    "Failing since the night of 2026-11-21",
    "row_count   992   at least 1,000   failed",
    "The log's last lines",
    "last line",
    "Next",
    "churn why 2026-11-23",
    "See the run",
    "A note",
    "night of 2026-11-23, /srv/churn on ml-1",
  ];
  const places = order.map((part) => seen(page).indexOf(part));
  expect(places).not.toContain(-1);
  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect(page).toContain('<a href="https://mlflow.company.com/runs/1?a=1&amp;b=2"');
  expect(page).toContain("<title>its title</title>");
});

test("figures stand in a table, and a change is coloured as the verdict is", () => {
  const page = html(words(letterOf(registered)), "");
  expect(seen(page)).toMatch(
    /Version\s+4\s+F1\s+0\.573\s+\+2\.1 % over version 3\s+AUC-ROC\s+0\.841\s+Customers\s+1,435/,
  );
  expect(page).toMatch(/class="tone rule"[^>]*#1a7f37[^>]*>\+2\.1 % over version 3/);
  expect(page).toMatch(/class="dim rule"[^>]*>on the test side/);
});

test.each([
  ["#1a7f37", letterOf(registered)],
  ["#9a6700", letterOf({ ...registered, outcome: "champion_damaged" })],
  ["#0969da", letterOf(notRegistered)],
  ["#cf222e", letterOf(failed)],
])("%s is the colour of its verdict", (colour, letter) => {
  expect(html(words(letter), "")).toContain(`border-top:4px solid ${colour};`);
});

test("a sign by the name of a property of every object has the colour of what is no verdict", () => {
  expect(html({ ...words(letterOf(registered)), sign: "valueOf" }, "")).toContain("border-top:4px solid #0969da;");
});

test("light and dark are said in the head, and nothing comes from elsewhere", () => {
  const page = html(words(letterOf(registered, { link: "https://mlflow.company.com" })), "");
  expect(page).toContain('<meta name="color-scheme" content="light dark">');
  expect(page).toContain("@media (prefers-color-scheme: dark)");
  expect(page).not.toMatch(/\ssrc=|url\(|@import|<link|<img|<script|<iframe/i);
  expect(page.match(/https?:\/\/[^"]+/g)).toEqual(["https://mlflow.company.com"]);
});

test.each(["javascript:alert(1)", "data:text/html,x", "https://", "/relative", 'https://x/"><b>'])(
  "%s as a link is text, or stays between its quotes",
  (link) => {
    const page = html(words(letterOf(registered, { link })), "");
    expect([...page.matchAll(/href="([^"]*)"/g)].every(([, href = ""]) => href.startsWith("https://x/"))).toBe(true);
    expect(page).not.toContain("<b>");
  },
);

test("whatever the words hold stays text: the page has the same tags as with harmless ones", () => {
  const some = fc.array(hostileText, { maxLength: 3 });
  const hostile: fc.Arbitrary<Words> = fc.record({
    sign: hostileText,
    title: hostileText,
    figures: fc.array(
      fc.record({ label: hostileText, value: hostileText, change: hostileText.map((text) => `+${text}`) }),
      { maxLength: 3 },
    ),
    sentences: some,
    evidence: some,
    tail: some,
    notes: some,
    next: some,
    link: fc.option(hostileText.map((text) => `https://company.com/${text.replaceAll("\\", "")}`)),
    origin: hostileText,
  });
  const harmless = (text: string) => (text === "" ? "" : "x");
  fc.assert(
    fc.property(hostile, hostileText, (given, title) => {
      const plain: Words = {
        ...given,
        sign: "x",
        title: "x",
        figures: given.figures.map(() => ({ label: "x", value: "x", change: "+x" })),
        sentences: given.sentences.map(harmless),
        evidence: given.evidence.map(harmless),
        tail: given.tail.map(harmless),
        notes: given.notes.map(harmless),
        next: given.next.map(harmless),
        link: given.link === null ? null : "https://company.com/x",
        origin: "x",
      };
      const tags = (page: string) => (page.match(TAG) ?? []).map((tag) => tag.replace(/href="[^"]*"/, "href"));
      const page = html(given, title);
      expect(tags(page)).toEqual(tags(html(plain, "x")));
      expect(page).not.toMatch(/[\u202e\u2028\0\r]/);
    }),
  );
});
