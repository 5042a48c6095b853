import { expect, onTestFinished, test, vi } from "vitest";
import { nightView } from "../../../src/lib/cli/output/night-view.ts";
import { VERSIONS } from "../../../src/lib/workspace/versions.ts";
import { quietTerminal } from "../../support/quiet-terminal.ts";

const night = { name: "2026-11-23", runId: "20261123T050000Z-7f3a", root: "/home/maria/churn" };
const start = { name: "validate", command: "churn validate --date 2026-11-23", reason: undefined };
const end = { name: "validate", status: "succeeded", seconds: 1, text: "12 gates hold", reason: undefined } as const;

function view(verbose = false) {
  const { terminal, said, printed } = quietTerminal();
  return { view: nightView(terminal, { verbose, home: "/home/maria" }), said, printed };
}

test("a night begins with its line and an empty one, the run by its last four digits", () => {
  const { view: drawn, said } = view();
  drawn.nightStarts(night);
  expect(said).toEqual([`churn ${VERSIONS.churn}   night of 2026-11-23   ~/churn   run 7f3a`, ""]);
});

test("a stage has a line when it ends, its warnings and then its evidence below", () => {
  const { view: drawn, said, printed } = view();
  drawn.stageStarts(start);
  drawn.stageWarns("validate", "a gate warns\r");
  drawn.stageProgress("validate", "half of it", 0.5);
  expect(said).toEqual([]);
  drawn.stageEnds({ ...end, status: "failed", text: "1 gate failed" }, ["row_count   5", "x\u001b[2J"]);
  expect(said).toEqual([
    "  ✖ validate     1.0 s   1 gate failed",
    "    ! a gate warns�",
    "",
    "      row_count   5",
    "      x�[2J",
  ]);
  expect(printed).toEqual([]);
});

test("the next stage doesn't inherit warnings, and without evidence nothing stands below", () => {
  const { view: drawn, said } = view();
  drawn.stageWarns("extract", "a column is odd");
  drawn.stageEnds({ ...end, name: "extract" }, []);
  drawn.stageEnds(end, []);
  expect(said).toEqual([
    "  ✔ extract      1.0 s   12 gates hold",
    "    ! a column is odd",
    "  ✔ validate     1.0 s   12 gates hold",
  ]);
});

test("the notes of a stage that succeeded stand below its warnings, without an empty line", () => {
  const { view: drawn, said } = view();
  drawn.stageWarns("extract", "a column is odd");
  drawn.stageEnds({ ...end, name: "extract" }, ["not used: x\r (date)"]);
  expect(said).toEqual([
    "  ✔ extract      1.0 s   12 gates hold",
    "    ! a column is odd",
    "      not used: x� (date)",
  ]);
});

test("--verbose shows each stage's command line as it starts", () => {
  const { view: drawn, said } = view(true);
  drawn.stageStarts(start);
  expect(said).toEqual(["    churn validate --date 2026-11-23"]);
});

test("on a terminal that redraws the stage at work is drawn at once, and its line is cleared when it ends", () => {
  const { terminal } = quietTerminal();
  const drawn: (string | undefined)[] = [];
  const live = nightView(
    { ...terminal, interactive: true, status: (line) => drawn.push(line) },
    { verbose: false, home: undefined },
  );
  live.stageStarts(start);
  live.stageEnds(end, []);
  expect(drawn).toEqual([expect.stringMatching(/^ {2}. validate {5}\d\.\d s/), undefined]);
});

test("a night that stops in the midst of a stage leaves nothing on the screen, and nothing that draws", () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const { terminal } = quietTerminal();
  const drawn: (string | undefined)[] = [];
  const live = nightView(
    { ...terminal, interactive: true, status: (line) => drawn.push(line) },
    { verbose: false, home: undefined },
  );
  live.stageStarts(start);
  live.nightStops();
  expect([drawn.at(-1), vi.getTimerCount()]).toEqual([undefined, 0]);
});

test("on a screen no line is too wide for it, whatever came of a stage and however it warns", () => {
  const { terminal, said } = quietTerminal();
  const live = nightView({ ...terminal, interactive: true }, { verbose: false, home: undefined });
  const sentence = "not registered: F1 0.549 is 0.6 % below version 3 on the same 1,435 customers".repeat(3);
  live.stageStarts(start);
  live.stageWarns("validate", sentence);
  live.stageEnds({ ...end, text: sentence, reason: "train.rounds changed" }, []);
  expect(said.length).toBeGreaterThan(6);
  for (const line of said) expect([...line].length).toBeLessThanOrEqual(80);
  expect(said.filter((line) => /^ {25}\S/.test(line)).length).toBeGreaterThan(2);
  expect(said.join(" ").replaceAll(/\s+/g, " ").trim()).toBe(
    `✔ validate 1.0 s ${sentence} (train.rounds changed) ! ${sentence}`,
  );
});
