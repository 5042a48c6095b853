import { knownError } from "../files/machine-error.ts";

/** Does work for the ledger's sake: what the machine or a service refuses then costs no run. */
export async function unlessRefused<T>(
  work: () => Promise<T>,
  onTrouble: (reason: string) => void,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    const known = knownError(error);
    if (known === undefined) throw error;
    onTrouble(known.message);
    return undefined;
  }
}
