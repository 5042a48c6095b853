/** So many requests are under way at once: nights are many, and a bucket takes its time for each. */
const AT_ONCE = 8;

/** Does the same for each of many, some of them at once; results in their order. */
export async function inBatches<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let start = 0; start < items.length; start += AT_ONCE)
    results.push(...(await Promise.all(items.slice(start, start + AT_ONCE).map(work))));
  return results;
}
