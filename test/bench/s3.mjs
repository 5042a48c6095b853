// A night whose store is a bucket behind a delay beside one whose store is a folder, whole processes in turn. The server is the
// Versity S3 gateway on this machine. It asserts nothing: whatever the figures, it ends with 0.
//
//     npm run bench:s3 [-- --runs 7] [--delay 20] [--markdown] [--json]

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { machine } from "./about.mjs";
import { freePort } from "./free-port.mjs";
import { median, summary } from "./median.mjs";
import { measure, scratch } from "./process.mjs";
import { churn, fresh, LAST_DAY, prepareWorkspaces, requireBuild } from "./workspaces.mjs";

const { values: options } = parseArgs({
  options: {
    runs: { type: "string", default: "7" },
    delay: { type: "string", default: "20" },
    json: { type: "boolean", default: false },
    markdown: { type: "boolean", default: false },
  },
});
const runs = Number(options.runs);
const notes = join(scratch, "requests");
const beside = (path) => fileURLToPath(new URL(path, import.meta.url));

requireBuild();
const result = await withBucket(compare);
process.stdout.write(`${options.json ? JSON.stringify(result, undefined, 2) : render(result)}\n`);

/** Starts the server and the relay in front of it. */
async function withBucket(work) {
  const program = execFileSync(beside("../integration/support/install-s3.sh"), { encoding: "utf8" }).trim();
  if (!program.includes("versitygw")) throw new Error(`the bench needs the Versity gateway, and ${program} is another server`);
  const data = join(scratch, "buckets");
  mkdirSync(join(data, "bench"), { recursive: true });
  const [serverPort, port] = [await freePort(), await freePort()];
  const server = spawn(program, ["--quiet", "--port", `127.0.0.1:${serverPort}`, "--keep-alive", "posix", data], {
    env: { PATH: process.env.PATH, HOME: scratch, ROOT_ACCESS_KEY: "bench-access", ROOT_SECRET_KEY: "bench-secret-key" },
    stdio: "ignore",
  });
  const relay = spawn(process.execPath, [beside("relay.mjs"), String(port), String(serverPort), options.delay, notes], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    await once(relay.stdout, "data");
    while (!(await listens(serverPort))) await sleep(50);
    const env = {
      AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}`,
      AWS_ACCESS_KEY_ID: "bench-access",
      AWS_SECRET_ACCESS_KEY: "bench-secret-key",
    };
    return await work(env);
  } finally {
    for (const process of [relay, server]) process.kill("SIGKILL");
  }
}

async function compare(env) {
  const { first, usual } = prepareWorkspaces();
  const night = (store, workspace) => ["-C", workspace, "run-all", "--date", LAST_DAY, ...store];
  const found = { folder: [], bucket: [], decided: [], requests: [], decidedRequests: [], waited: [], kinds: {} };
  for (let run = 0; run <= runs; run++) {
    const folder = measure(churn(...night([], fresh(usual))));
    const copy = fresh(first);
    appendFileSync(join(copy, "churn.yaml"), `store: s3://bench/run-${run}\n`);
    measure(churn("-C", copy, "run-all", "--date", "yesterday", "--quiet", "--date", "2026-01-30"), { env });
    measure(churn("-C", copy, "promote", "--version", "1", "--yes"), { env });
    writeFileSync(notes, "");
    const bucket = measure(churn(...night([], copy)), { env });
    const requests = noted();
    writeFileSync(notes, "");
    const decided = measure(churn(...night([], copy)), { env });
    // The first of each is for the disk's cache.
    if (run === 0) continue;
    found.folder.push(folder);
    found.bucket.push(bucket);
    found.decided.push(decided);
    found.requests.push(requests.length);
    found.waited.push(requests.reduce((sum, { ms }) => sum + ms, 0) / 1000);
    found.decidedRequests.push(noted().length);
    found.kinds = Object.fromEntries(["PUT", "GET", "HEAD", "LIST", "DELETE"].map((kind) => [kind, requests.filter((one) => one.kind === kind).length]));
  }
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: machine(),
    delayMs: Number(options.delay),
    folder: summary(found.folder),
    bucket: summary(found.bucket),
    decided: summary(found.decided),
    moreSeconds: median(found.bucket.map(({ seconds }, index) => seconds - found.folder[index].seconds)),
    requests: median(found.requests),
    requestsOfDecided: median(found.decidedRequests),
    kinds: found.kinds,
    // In parallel ones more than once.
    secondsInRequests: median(found.waited),
  };
}

function noted() {
  const text = existsSync(notes) ? readFileSync(notes, "utf8") : "";
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [kind, ms] = line.split(" ");
      return { kind, ms: Number(ms) };
    });
}

function listens(port) {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}

function render({ machine, delayMs, folder, bucket, decided, moreSeconds, requests, requestsOfDecided, kinds, secondsInRequests }) {
  const row = (name, { seconds, fastest, slowest, cpuSeconds, peakMb }, asked) =>
    options.markdown
      ? `| ${name} | ${seconds.toFixed(2)} s | ${fastest.toFixed(2)} to ${slowest.toFixed(2)} | ${cpuSeconds?.toFixed(2) ?? ""} s | ${peakMb?.toFixed(0) ?? ""} MB | ${asked} |`
      : `${name.padEnd(28)} ${seconds.toFixed(2)} s  (${fastest.toFixed(2)} to ${slowest.toFixed(2)})  CPU ${cpuSeconds?.toFixed(2) ?? "?"} s  ${peakMb?.toFixed(0) ?? "?"} MB  ${asked}`;
  const kindsText = Object.entries(kinds)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${count} ${kind}`)
    .join(", ");
  return [
    ...(options.markdown ? ["| | median | range | CPU | largest process | requests |", "| --- | ---: | ---: | ---: | ---: | ---: |"] : [machine]),
    row("a night, folder", folder, ""),
    row(`a night, bucket, ${delayMs} ms`, bucket, requests),
    row("decided, bucket", decided, requestsOfDecided),
    "",
    `${moreSeconds.toFixed(2)} s more than the folder (median of pairs); ${kindsText}; ${secondsInRequests.toFixed(2)} s in requests, those at once counted each`,
  ].join("\n");
}
