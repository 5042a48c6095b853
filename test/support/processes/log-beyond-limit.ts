import { execFileSync } from "node:child_process";
import { openRunLog } from "../../../src/lib/workspace/log.ts";

/** Writes two lines into a run's log that may not grow, and prints what is told of lost lines after each: ROOT DATE RUN. */
async function logBeyondLimit([root = "", date = "", runId = ""]: readonly string[]): Promise<void> {
  const lost: string[] = [];
  const onLost = (reason: string) => lost.push(reason);
  const log = await openRunLog({ root, date, night: date, runId, redact: (text) => text, onLost });
  execFileSync("prlimit", ["--pid", `${process.pid}`, "--fsize=0:"]);
  const told = ["stage begins", "stage failed"].map((message) => {
    log.write({ level: "info", message, stage: "train" });
    return [...lost];
  });
  log.close();
  process.stdout.write(JSON.stringify(told));
}

void logBeyondLimit(process.argv.slice(2));
