/** ml-xgboost ships no types: what worker.cjs uses of it. */
declare module "ml-xgboost/dist/wasm/xgboost.js" {
  /** Emscripten's module: XGBoost's C functions, which take and give addresses, and the memory that those are of. Errors arrive as texts. */
  export interface Library {
    /** The whole memory; another object as soon as it has grown. */
    readonly HEAPF32: Float32Array;
    readonly HEAPU8: Uint8Array;
    cwrap(
      name: "set_param",
      returns: null,
      takes: ["number", "string", "string"],
    ): (model: number, name: string, value: string) => void;
    _malloc(byteCount: number): number;
    _free(address: number): void;
    /** @param matrix  float32 of shape (rowCount, width), -1 where a value is missing */
    _create_model(matrix: number, labels: number, rowCount: number, width: number): number;
    _train_full_model(model: number, rounds: number): void;
    /** Writes the model into a file in memory. Returns its size. */
    _save_model(model: number): number;
    _get_file_content(address: number, byteCount: number): void;
    _free_memory_model(model: number): void;
  }
  export const isReady: Promise<Library>;
}

/** The package's own wrapper, whose models the tests hold ours to. */
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
