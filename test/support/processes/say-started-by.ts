import { startedBy, startFacts } from "../../../src/lib/ledger/started-by.ts";

/** Prints how it was started. */
process.stdout.write(startedBy(startFacts(process.env)));
