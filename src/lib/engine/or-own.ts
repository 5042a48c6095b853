import { inItsPlace, type Scorer, ScoringFailure } from "../model/scorer.ts";

/**
 * A library's scorer, and churn's own from where that one fails: both give the same margins to the last bit, so a block that was begun is
 * scored anew and no score tells.
 *
 * @param opening  the library's; it may fail already
 * @param own      churn's own, of the same model
 * @param hear     is told, in a sentence, that the library has failed
 */
export async function orOwn(opening: Promise<Scorer>, own: Scorer, hear: (sentence: string) => void): Promise<Scorer> {
  const giveWay = (error: unknown) => {
    if (!(error instanceof ScoringFailure)) throw error;
    hear(inItsPlace(error));
    return undefined;
  };
  let library = await opening.catch(giveWay);
  if (library === undefined) return own;
  const { booster, blockRows } = library;
  const width = booster.featureNames.length;
  const leave = async () => {
    const left = library;
    library = undefined;
    await left?.[Symbol.asyncDispose]();
  };
  return {
    booster,
    blockRows,
    async margins(values, into, deadline) {
      try {
        if (library !== undefined) return await library.margins(values, into, deadline);
      } catch (error) {
        giveWay(error);
        await leave();
      }
      for (let row = 0; row < into.length; row += own.blockRows) {
        const end = Math.min(row + own.blockRows, into.length);
        await own.margins(values.subarray(row * width, end * width), into.subarray(row, end), deadline);
      }
    },
    get explainer() {
      return library?.explainer;
    },
    [Symbol.asyncDispose]: leave,
  };
}
