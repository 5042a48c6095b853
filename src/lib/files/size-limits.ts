const MIB = 1 << 20;

/** How many bytes of a file are read at most, by what it is: far more than any program writes, far less than memory holds. */
export const SIZE_LIMITS = {
  /** the holder's name in a lock file */
  lock: 4096,
  /** who holds a bucket */
  lease: MIB / 16,
  /** a tag, a parameter or an alias: MLflow's longest has 100,000 letters */
  value: MIB,
  /** a meta.yaml: to parse a mebibyte of brackets takes half a minute */
  meta: MIB / 16,
  /** all points of a metric */
  metric: 64 * MIB,
  /** a file of a model folder */
  model: 256 * MIB,
  /** a record, a report, or any other file of a store that is read whole */
  stored: 256 * MIB,
} as const;

/** What a file is, for the limit of its size. */
export type SizedKind = keyof typeof SIZE_LIMITS;
