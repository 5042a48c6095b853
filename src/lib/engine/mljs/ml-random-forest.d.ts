/** The package's own types are of no use to TypeScript: what forest-worker.cjs uses of it. */
declare module "ml-random-forest" {
  /** A node of ml-cart's trees: a split where it has both children. */
  export interface TreeNode {
    readonly left?: TreeNode;
    readonly right?: TreeNode;
    /** place of a feature among those that the tree was grown on */
    readonly splitColumn: number;
    /** smaller goes left */
    readonly splitValue: number;
    /** of Gini impurity */
    readonly gain: number;
    /** share of each class, up to the last one that is there; at a leaf alone */
    readonly distribution?: { readonly columns: number; get(row: number, column: number): number };
    classify(row: readonly number[]): { readonly columns: number; get(row: number, column: number): number };
  }

  export class RandomForestClassifier {
    constructor(options: {
      readonly nEstimators: number;
      readonly seed: number;
      readonly useSampleBagging: boolean;
      readonly noOOB: boolean;
      readonly replacement: boolean;
      /** up to 1 a share of the features, above that their number */
      readonly maxFeatures: number;
      readonly treeOptions: { readonly maxDepth: number };
    });
    /** its trees, once it is trained */
    readonly estimators: readonly { readonly root: TreeNode }[];
    /** the features that each tree was grown on */
    readonly indexes: readonly (readonly number[])[];
    train(rows: readonly (readonly number[])[], labels: readonly number[]): void;
    predict(rows: readonly (readonly number[])[]): number[];
  }
}
