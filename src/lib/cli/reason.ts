import * as z from "zod";
import { seenLine } from "./visible.ts";

const LONGEST_REASON = 500;

/** Why a person does something, as they type it: it goes into records, tags, messages and screens, where it has to be what it looks like. */
export const reason = z
  .string()
  .trim()
  .regex(seenLine(LONGEST_REASON), `one line of at most ${LONGEST_REASON} letters, none of which is invisible`);
