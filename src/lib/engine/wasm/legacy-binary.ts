import type { Tree } from "../../model/model-json.ts";

/** The high bit of a node's words is a flag: of its parent "I am the left child", of its feature "missing values go left". */
const FLAG = 0x8000_0000;
const DELETED = 0xffff_ffff;
const NO_PARENT = 0x7fff_ffff;

/**
 * Reads the trees of a binary model of XGBoost before 1.0: little-endian, packed, C structs one after the other.
 *
 * Nodes that pruning deleted are left out and the rest renumbered in order, so trees hold live nodes alone.
 *
 * @param bytes  the whole model, as the library wrote it
 * @throws {RangeError} when it isn't that format: a defect, since only our own library's output comes here
 */
export function parseLegacyBinary(bytes: Uint8Array): Tree[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const skip = (byteCount: number) => {
    at += byteCount;
  };
  const int32 = () => {
    skip(4);
    return view.getInt32(at - 4, true);
  };
  const uint32 = () => {
    skip(4);
    return view.getUint32(at - 4, true);
  };
  const float32 = () => {
    skip(4);
    return view.getFloat32(at - 4, true);
  };
  const skipText = () => {
    const length = Number(view.getBigUint64(at, true));
    skip(8 + length);
  };

  // LearnerModelParam, 136 bytes
  skip(12); // base_score, num_feature, num_class: as they were sent
  const hasAttributes = int32() !== 0;
  skip(136 - 16);

  skipText(); // objective
  skipText(); // booster

  // GBTreeModelParam, 160 bytes
  const treeCount = int32();
  skip(160 - 4);

  const readTree = (): Tree => {
    // TreeParam, 148 bytes
    skip(4); // num_roots
    const nodeCount = int32();
    skip(148 - 8);
    const nodes = Array.from({ length: nodeCount }, () => {
      const parent = uint32();
      const left = int32();
      const right = int32();
      const split = uint32();
      return { parent, left, right, split, value: float32() };
    });
    const statistics = Array.from({ length: nodeCount }, () => {
      const statistic = { lossChange: float32(), sumHessian: float32(), baseWeight: float32() };
      skip(4); // leaf_child_cnt
      return statistic;
    });

    const live = nodes.flatMap(({ split }, index) => (split === DELETED ? [] : [index]));
    const newIndex = new Map(live.map((index, position) => [index, position]));
    const renumber = (index: number) => {
      const position = newIndex.get(index);
      if (position === undefined) throw new RangeError(`node ${index} of the binary model is deleted or missing`);
      return position;
    };
    return live.map((index) => {
      const node = nodes[index];
      const statistic = statistics[index];
      if (node === undefined || statistic === undefined) throw new RangeError(`node ${index} is missing`);
      const isLeaf = node.left === -1;
      return {
        parent: index === 0 ? NO_PARENT : renumber((node.parent & ~FLAG) >>> 0),
        left: isLeaf ? -1 : renumber(node.left),
        right: isLeaf ? -1 : renumber(node.right),
        feature: isLeaf ? 0 : (node.split & ~FLAG) >>> 0,
        missingGoesLeft: !isLeaf && (node.split & FLAG) !== 0,
        value: node.value,
        ...statistic,
      };
    });
  };
  const trees = Array.from({ length: treeCount }, readTree);

  skip(4 * treeCount); // tree_info
  if (hasAttributes) {
    const pairs = Number(view.getBigUint64(at, true));
    skip(8);
    for (let texts = 2 * pairs; texts > 0; texts -= 1) skipText();
  }
  if (at !== bytes.length) throw new RangeError(`the binary model has ${bytes.length} bytes, its parts end at ${at}`);
  return trees;
}
