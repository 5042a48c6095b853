import { z } from "zod";

/** Placeholder until the booster's parameters land. */
export const parameters = z.strictObject({
  max_depth: z.int().default(5),
  learning_rate: z.number().default(0.1),
  seed: z.int().default(42),
});
