import type { Store } from "./store.ts";

/** A store that can't be reached, for who makes do with what is known without it: nothing is in it. */
export function beyondReach(store: Store): Store {
  return {
    ...store,
    holder: async () => undefined,
    read: async () => undefined,
    stat: async () => undefined,
    fingerprint: async () => undefined,
    list: async () => [],
  };
}
