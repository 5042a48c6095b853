import { NetworkFailure } from "../http/network-failure.ts";
import { DAMAGED_ON_THE_WAY, isDamagedAnswer } from "./errors.ts";

/** So many answers may have been damaged on the way before the object itself is suspected. */
const ON_THE_WAY = 2;

/** What comes otherwise than its checksum says: on the way, which another try mends, or because the server's disk has it so. */
export interface Doubt {
  /** whether an answer is to be held to the server's checksum */
  isChecked(): boolean;
  /**
   * Reads once. Of an object that was damaged again and again it is taken what two answers agree on, with the digest of its own bytes:
   * whoever knows what was written sees that it is something else, as of a damaged file in a folder.
   */
  about<Found extends { readonly sha256: string }>(once: () => Promise<Found>): Promise<Found>;
}

export function startDoubt(): Doubt {
  let damaged = 0;
  let seen: string | undefined;
  return {
    isChecked: () => damaged < ON_THE_WAY,
    about: async <Found extends { readonly sha256: string }>(once: () => Promise<Found>) => {
      let found: Found;
      try {
        found = await once();
      } catch (error) {
        if (isDamagedAnswer(error)) damaged += 1;
        throw error;
      }
      if (damaged < ON_THE_WAY || found.sha256 === seen) return found;
      seen = found.sha256;
      throw new NetworkFailure(DAMAGED_ON_THE_WAY, { unsent: false, kind: "temporary" });
    },
  };
}
