import { mulberry32 } from "../mulberry32.ts";

/** Choices that follow from a seed: the same seed, the same choices. */
export class Dice {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = mulberry32(seed);
  }

  /** A whole number from 0 to below `sides`. */
  below(sides: number): number {
    return Math.floor(this.#random() * sides);
  }

  one<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error("there is nothing to choose from");
    return item;
  }

  happens(share: number): boolean {
    return this.#random() < share;
  }
}
