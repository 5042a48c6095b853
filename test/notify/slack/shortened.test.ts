import fc from "fast-check";
import { expect, test } from "vitest";
import { escaped, shortened, sizeOf } from "../../../src/lib/notify/slack/shortened.ts";

test("exactly what Slack wants escaped is", () => {
  expect(escaped(`<!channel> & "it's" *so*`)).toBe(`&lt;!channel&gt; &amp; "it's" *so*`);
  expect(escaped("&lt;")).toBe("&amp;lt;");
});

test("a text is cut before the letter that is too much once it is escaped", () => {
  expect(shortened("abcde", 5)).toBe("abcde");
  expect(shortened("abcdef", 5)).toBe("abcd…");
  expect(shortened("ab<de", 7)).toBe("ab<…");
  expect(shortened("ab<de", 6)).toBe("ab…");
  expect(shortened("a😀b", 3)).toBe("a…");
  expect(shortened("a😀bc", 4)).toBe("a😀…");
});

test("what is kept has room, begins the text, and holds no half of a letter", () => {
  const texts = fc.string({ unit: fc.constantFrom("a", "&", "<", "😀", "é") });
  fc.assert(
    fc.property(texts, fc.integer({ min: 1, max: 60 }), (text, most) => {
      const kept = shortened(text, most);
      expect(sizeOf(kept)).toBeLessThanOrEqual(most);
      expect(kept === text || text.startsWith(kept.slice(0, -1))).toBe(true);
      expect(kept).not.toMatch(/\p{Cs}/u);
      expect(kept === text).toBe(sizeOf(text) <= most);
    }),
  );
});
