import type { Dice } from "./dice.ts";

/** Bytes as a failing disk, or somebody who tries, leaves them. */
export function harmedBytes(bytes: Buffer, dice: Dice): { readonly bytes: Buffer; readonly how: string } {
  const at = dice.below(bytes.length + 1);
  const some = Buffer.from(Array.from({ length: 1 + dice.below(40) }, () => dice.below(256)));
  const how = dice.one(["flipped", "cut", "emptied", "longer", "overwritten", "shorter", "twice"] as const);
  switch (how) {
    case "flipped": {
      const flipped = Buffer.from(bytes);
      for (let flips = 1 + dice.below(4); flips > 0 && flipped.length > 0; flips -= 1) {
        const place = dice.below(flipped.length);
        flipped.writeUInt8(flipped.readUInt8(place) ^ (1 << dice.below(8)), place);
      }
      return { bytes: flipped, how };
    }
    case "cut":
      return { bytes: bytes.subarray(0, at), how };
    case "emptied":
      return { bytes: Buffer.alloc(0), how };
    case "longer":
      return { bytes: Buffer.concat([bytes.subarray(0, at), some, bytes.subarray(at)]), how };
    case "overwritten":
      return { bytes: Buffer.concat([bytes.subarray(0, at), some, bytes.subarray(at + some.length)]), how };
    case "shorter":
      return { bytes: Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + some.length)]), how };
    case "twice":
      return { bytes: Buffer.concat([bytes, bytes.subarray(at)]), how };
  }
}
