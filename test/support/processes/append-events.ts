import { openLedgerWriter } from "../../../src/lib/ledger/writer.ts";

/** Tells a workspace's ledger COUNT events, which name their WRITER and their number, and prints what is said of lost lines: ROOT WRITER COUNT LETTERS. */
function appendEvents([root = "", writer = "", count = "", letters = "0"]: readonly string[]): void {
  const told: string[] = [];
  const ledger = openLedgerWriter({ root, run: writer, redact: (text) => text, onWarn: (reason) => told.push(reason) });
  for (let number = 1; number <= Number(count); number += 1) {
    const reason = `${number} ${"x".repeat(Number(letters))}`;
    ledger.append({ event: "stage_started", night: "2026-11-23", stage: "train", reason });
  }
  process.stdout.write(JSON.stringify(told));
}

appendEvents(process.argv.slice(2));
