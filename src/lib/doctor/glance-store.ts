import type { Store } from "../store/store.ts";

/** The same store, of which each folder and each file is read once: several checks ask for the same ones, all within seconds. */
export function glanceStore(store: Store): Store {
  return {
    ...store,
    list: once((key) => store.list(key)),
    read: once((key) => store.read(key)),
  };
}

function once<Value>(ask: (key: string) => Promise<Value>): (key: string) => Promise<Value> {
  const answers = new Map<string, Promise<Value>>();
  return (key) => {
    const answer = answers.get(key) ?? ask(key);
    answers.set(key, answer);
    return answer;
  };
}
