/** Values of a column, up to which their list may be a closed set. */
const SET = 20;
/** Rows from which a column of few values is a closed set. */
const ROWS = 100;

/**
 * Watches the last column, to tell whether the last value of a file may have been cut: `45` of `456` is as good a value as any,
 * `Yes` is whole where the column has Yes and No alone.
 */
export class LastColumn {
  readonly #values = new Set<string>();
  #last = "";
  #rows = 0;

  add(bytes: Uint8Array, start: number, end: number): void {
    this.#rows += 1;
    // One more than a set has shows that it is none.
    if (this.#values.size > SET) return;
    this.#values.add(this.#last);
    this.#last =
      end - start > 100 ? `${start} ${this.#rows}` : Buffer.from(bytes.subarray(start, end)).toString("latin1");
  }

  /** Whether the last value can only be whole: one of a closed set, and the beginning of no other. */
  isLastWhole(): boolean {
    this.#values.delete("");
    if (this.#rows <= ROWS || this.#values.size > SET || !this.#values.has(this.#last)) return false;
    return ![...this.#values].some((value) => value !== this.#last && value.startsWith(this.#last));
  }
}
