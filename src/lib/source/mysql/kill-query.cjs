// @ts-check
"use strict";

const { createConnection } = require("mysql2");

/*
 * Ends the query of a process that was killed: the server itself notices only once it has rows to send, and a query that sorts
 * or counts runs on for hours. kill-guard.ts starts this; the pipe on stdin closes with that process, whatever ends it.
 *
 * The first line says whom to connect to, and the number of the connection; it is no argument and no variable, which other
 * users could read. A second line, "done", says that nothing is left to end.
 */

const LONGEST_MS = 60_000;

/** @type {Buffer[]} */
const chunks = [];
process.stdin.on("data", (chunk) => void chunks.push(chunk));
process.stdin.on("end", () => {
  const [line = "", word] = Buffer.concat(chunks).toString().split("\n");
  // Without the second line's beginning the first one may be cut.
  if (word !== "") return;
  const { options, id } = JSON.parse(line);
  const connection = createConnection(options);
  // Nor is anybody left who would end this process, where the server says nothing.
  setTimeout(() => process.exit(), LONGEST_MS);
  // Nobody is left who could be told.
  connection.on("error", () => process.exit());
  connection.query(`KILL QUERY ${Number(id)}`, () => process.exit());
});
