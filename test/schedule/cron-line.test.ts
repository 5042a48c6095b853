import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cronLine, parseCronLine } from "../../src/lib/schedule/cron-line.ts";

const start = {
  node: "/usr/bin/node",
  program: "/usr/local/lib/node_modules/churn/bin/churn",
  root: "/srv/churn",
  variables: { PATH: "/usr/local/bin:/usr/bin:/bin" },
};
const night = { at: "06:05", words: ["run-all", "--quiet"] };

/** A line's command as crons hand it to the shell: some take two backslashes for one. */
const crons: Readonly<Record<string, (command: string) => string>> = {
  "that knows \\% alone": (command) => command.replaceAll("\\%", "%"),
  "that knows \\\\ too": (command) => command.replace(/\\([\\%])/g, "$1"),
};

/** Whatever a path can have, but for what no line can hold. */
const path = fc
  .array(
    fc.oneof(fc.constantFrom("%", "\\", "'", '"', "$", " ", "`", "\\%", "\\\\", "''"), fc.string({ minLength: 1 })),
  )
  .map((parts) => `/${parts.join("").replaceAll(/\p{Cc}|\p{Cs}/gu, "")}`);

test("it stands as crontab(5) has it, all paths absolute", () => {
  expect(cronLine(night, start)).toBe(
    "5 6 * * * /usr/bin/env PATH=/usr/local/bin:/usr/bin:/bin /usr/bin/node /usr/local/lib/node_modules/churn/bin/churn -C /srv/churn run-all --quiet",
  );
});

test.each(Object.entries(crons))("a shell gets every word back from a cron %s", (_, uncron) => {
  fc.assert(
    fc.property(path, (root) => {
      // In the place of Node something that shows its words.
      const line = cronLine(
        { at: "06:00", words: ["run-all"] },
        { ...start, node: "/usr/bin/printf", program: "%s\\n", root, variables: { PATH: "/usr/bin:/bin" } },
      );
      const command = line.replace("0 6 * * * ", "");
      // What no backslash stands before would end it.
      expect(command.replaceAll(/\\[\\%]/g, "")).not.toContain("%");
      const shown = execFileSync("/bin/sh", ["-c", uncron(command)], { encoding: "utf8" });
      expect(shown).toBe(`-C\n${root}\nrun-all\n`);
    }),
    { numRuns: 60 },
  );
});

describe("read back", () => {
  test("it is what was written", () => {
    fc.assert(
      fc.property(path, path, fc.integer({ min: 0, max: 1439 }), (root, program, minute) => {
        const at = new Date(minute * 60_000).toISOString().slice(11, 16);
        const line = cronLine({ ...night, at }, { ...start, root, program });
        expect(parseCronLine(line)).toEqual({
          at,
          starts: { node: start.node, program, root },
          words: ["run-all", "--quiet"],
        });
      }),
    );
  });

  test("a line that a person has changed is what it became", () => {
    const { node, program } = start;
    expect(
      parseCronLine(`0 4 * * 1-5 "${node}" ${program} -C /srv/a\\ b run-all --retry-until 09:00 >> x.log`),
    ).toEqual({
      at: undefined,
      starts: { node, program, root: "/srv/a b" },
      words: ["run-all", "--retry-until", "09:00"],
    });
    expect(parseCronLine("*/5 6 * * * churn run-all")).toEqual({ at: undefined, starts: undefined, words: [] });
    expect(parseCronLine("0 6 * * * true; x -C /srv/churn run-all")).toMatchObject({ at: "06:00", starts: undefined });
    for (const line of ["", "# 0 6 * * * churn", "MAILTO=maria", "@daily churn run-all"])
      expect(parseCronLine(line)?.starts, line).toBeUndefined();
  });
});

test("a line may be as long as cron takes, and no byte longer", () => {
  const line = (letters: number) => cronLine(night, { ...start, root: `/${"é".repeat(letters)}` });
  const [room] = Array.from({ length: 500 }, (_, index) => 500 - index).filter((letters) => {
    try {
      return line(letters) !== "";
    } catch {
      return false;
    }
  });
  const command = line(room ?? 0).replace("5 6 * * * ", "");
  expect(998 - Buffer.byteLength(command)).toBeLessThan(2);
  expect(() => line((room ?? 0) + 1)).toThrow(
    /^the line for cron would have \d+ bytes behind its time, and cron takes 998$/,
  );
});
