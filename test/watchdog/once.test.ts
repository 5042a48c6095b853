import fc from "fast-check";
import { expect, test } from "vitest";
import { type Finding, findingKind } from "../../src/lib/watchdog/finding.ts";
import { inOrder, isSame, newsOf } from "../../src/lib/watchdog/once.ts";

const finding = (what: Finding["what"], subject: string | null = null, text: string = what): Finding => ({
  what,
  subject,
  text,
  next: null,
});
const AT = "2026-11-23T08:05:00.000Z";
const BEFORE = "2026-11-22T08:05:00.000Z";

test("a finding is told once, whatever its text says, and again when it comes back", () => {
  const first = newsOf({ standing: [] }, [finding("late")], [], BEFORE);
  expect(first).toMatchObject({ fresh: [{ what: "late" }], cleared: [] });
  const second = newsOf(first, [finding("late", null, "another night")], [], AT);
  expect(second).toMatchObject({ fresh: [], cleared: [], standing: [{ what: "late", since: BEFORE }] });
  const over = newsOf(second, [], [], AT);
  expect(over).toMatchObject({ cleared: [{ what: "late", since: BEFORE }], standing: [] });
  expect(newsOf(over, [finding("late")], [], AT).fresh).toHaveLength(1);
});

test("a second night that is late is told, though nobody looked while the first one was mended", () => {
  const monday = newsOf({ standing: [] }, [finding("late", "2026-11-23")], [], BEFORE);
  const tuesday = newsOf(monday, [finding("late", "2026-11-24")], [], AT);
  expect(tuesday).toMatchObject({
    fresh: [{ what: "late", subject: "2026-11-24" }],
    cleared: [{ what: "late", subject: "2026-11-23" }],
    standing: [{ subject: "2026-11-24", since: AT }],
  });
});

test("another disk is another finding", () => {
  const first = newsOf({ standing: [] }, [finding("disk", "/w")], [], BEFORE);
  const second = newsOf(first, [finding("disk", "/w"), finding("disk", "/data")], [], AT);
  expect(second.fresh).toEqual([finding("disk", "/data")]);
  expect(inOrder([finding("disk", "/w"), finding("disk", "/data")], second, AT)).toEqual([
    { ...finding("disk", "/data"), since: AT, is_new: true },
    { ...finding("disk", "/w"), since: BEFORE, is_new: false },
  ]);
});

test("what could not be judged has not cleared", () => {
  const told = newsOf({ standing: [] }, [finding("late"), finding("disk", "/w")], [], BEFORE);
  const unseen = newsOf(told, [finding("unseen", "nights")], ["late", "nights"], AT);
  expect(unseen.cleared.map(({ what }) => what)).toEqual(["disk"]);
  expect(unseen.standing.map(({ what }) => what)).toEqual(["late", "unseen"]);
});

test("nothing is told twice that has not cleared in between, and nothing is left untold", () => {
  const kinds = fc.constantFrom(...findingKind.options);
  const findings = fc.uniqueArray(
    fc.record({ what: kinds, subject: fc.constantFrom(null, "/w"), text: fc.string(), next: fc.constant(null) }),
    { selector: ({ what, subject }) => `${what} ${subject}`, maxLength: 4 },
  );
  const looks = fc.array(fc.record({ findings, unjudged: fc.uniqueArray(kinds, { maxLength: 2 }) }), { maxLength: 8 });
  fc.assert(
    fc.property(looks, (all) => {
      let state: Pick<ReturnType<typeof newsOf>, "standing"> = { standing: [] };
      const told: Pick<Finding, "what" | "subject">[] = [];
      for (const { findings: found, unjudged } of all) {
        const news = newsOf(state, found, unjudged, AT);
        for (const one of news.cleared) {
          const at = told.findIndex((other) => isSame(one, other));
          expect(at).toBeGreaterThanOrEqual(0);
          told.splice(at, 1);
        }
        for (const one of news.fresh) {
          expect(told.some((other) => isSame(one, other))).toBe(false);
          told.push(one);
        }
        for (const one of found) expect(told.some((other) => isSame(one, other))).toBe(true);
        expect(news.standing).toHaveLength(told.length);
        state = news;
      }
    }),
  );
});
