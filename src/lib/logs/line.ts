import * as z from "zod";

/** A line of a run's log. What else it has are the values of its message. */
const logLine = z.looseObject({
  level: z.string(),
  time: z.iso.datetime(),
  night: z.string(),
  stage: z.string().describe("run-all for what its supervisor says of the whole run"),
  msg: z.string(),
});
/** A line's form, for `docs/schemas`. */
export const logFormat = { version: 1, written: (_: number): z.ZodType => logLine };

export type ReadLogLine = z.infer<typeof logLine>;

/** Undefined for what is no whole line of a log: cut by a full disk, say. */
export function parseLogLine(text: string): ReadLogLine | undefined {
  try {
    return logLine.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
