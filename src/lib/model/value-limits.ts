/**
 * What a model's file may hold at most, so that one of some megabytes doesn't fill the memory: an empty list takes two bytes in a
 * file and forty in memory.
 */
export const VALUE_LIMITS = {
  /** two million nodes: a thousand trees of two thousand */
  numbers: 20_000_000,
  /** lists, objects, keys and texts; XGBoost writes about fifty a tree */
  others: 4_000_000,
} as const;
