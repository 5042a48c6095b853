/** ml-xgboost ships no types: what worker.cjs uses of it. */
declare module "ml-xgboost" {
  /** Errors from the library arrive as texts, not as Error objects. */
  class XgBoost {
    constructor(options: Record<string, string | number>);
    train(rows: readonly ArrayLike<number>[], labels: ArrayLike<number>): void;
    predict(rows: readonly ArrayLike<number>[]): number[];
    toJSON(): { model: number[] };
    free(): void;
  }
  const ready: Promise<typeof XgBoost>;

  export = ready;
}
