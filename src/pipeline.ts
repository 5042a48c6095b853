import { compare } from "./commands/compare.ts";
import { evaluate } from "./commands/evaluate.ts";
import { extract } from "./commands/extract.ts";
import { features } from "./commands/features.ts";
import { notify } from "./commands/notify.ts";
import { register } from "./commands/register.ts";
import { train } from "./commands/train.ts";
import { transform } from "./commands/transform.ts";
import { validate } from "./commands/validate.ts";
import type { Stage } from "./lib/stage/define.ts";

/** THE list of stages, in order: the command line, run-all and help read it; the Makefile and the README are held to it. */
export const pipeline: readonly Stage[] = [
  extract,
  validate,
  transform,
  features,
  train,
  evaluate,
  compare,
  register,
  notify,
];
