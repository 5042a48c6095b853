import * as z from "zod";

/**
 * Imported before any schema is made: zod compiles a parser for each object otherwise, which takes longer than the few values
 * that a process parses.
 *
 * @see https://zod.dev/api (jitless)
 */
z.config({ jitless: true });
