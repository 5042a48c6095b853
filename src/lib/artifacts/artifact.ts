import type * as z from "zod";
import type { Format } from "./format.ts";

/**
 * What a stage leaves for the next one: where it lies and what it holds. `key` is a path in the store with NIGHT where the
 * night's name goes, the same in a folder and on S3.
 */
export type Artifact = JsonArtifact | ParquetArtifact | FolderArtifact | ResultArtifact;

export interface JsonArtifact<Schema extends z.ZodObject = z.ZodObject> {
  readonly kind: "json";
  readonly key: string;
  readonly format: Format<Schema>;
}

/** A table. DuckDB reads and writes it; its columns are described by the JSON artifact beside it. */
export interface ParquetArtifact {
  readonly kind: "parquet";
  readonly key: string;
}

/** A folder of small files, each listed with its digest in the record; a file that is not listed is ignored. */
export interface FolderArtifact {
  readonly kind: "folder";
  readonly key: string;
}

/** The part of an earlier stage's result that a later stage needs (an MLflow run id, say). It lives in that stage's record. */
export interface ResultArtifact<Schema extends z.ZodType = z.ZodType> {
  readonly kind: "result";
  readonly stage: string;
  readonly schema: Schema;
}

export function json<Schema extends z.ZodObject>(key: string, format: Format<Schema>): JsonArtifact<Schema> {
  return { kind: "json", key, format };
}

export function parquet(key: string): ParquetArtifact {
  return { kind: "parquet", key };
}

export function folder(key: string): FolderArtifact {
  return { kind: "folder", key };
}

export function resultOf<Schema extends z.ZodType>(stage: string, schema: Schema): ResultArtifact<Schema> {
  return { kind: "result", stage, schema };
}

/** The artifact as a stage finds it: verified against the record of the stage that wrote it. */
export type Input<A extends Artifact> =
  A extends JsonArtifact<infer Schema>
    ? {
        readonly key: string;
        read(): Promise<z.infer<Schema>>;
        /** its bytes as they are */
        content(): Promise<Buffer>;
      }
    : A extends ParquetArtifact
      ? { readonly key: string; readonly path: string; readonly sha256: string }
      : A extends FolderArtifact
        ? { readonly key: string; readonly files: readonly string[]; read(file: string): Promise<Buffer> }
        : A extends ResultArtifact<infer Schema>
          ? { read(): z.infer<Schema> }
          : never;

/** The artifact as a stage writes it: beside its name, synced, renamed. */
export type Output<A extends Artifact> =
  A extends JsonArtifact<infer Schema>
    ? {
        readonly key: string;
        /** @returns the text as it was written, secrets masked */
        write(value: z.input<Schema>): Promise<string>;
      }
    : A extends ParquetArtifact
      ? {
          readonly key: string;
          /** on this machine: `produce` gets a path below it */
          readonly folder: string;
          write(produce: (path: string) => Promise<void>): Promise<{ readonly sha256: string }>;
          /** Takes what an earlier attempt wrote for its own, if it still has the digest; false if not. */
          adopt(digest: string): Promise<boolean>;
          /** Removes what an earlier attempt wrote, where this one has none; one that isn't there is fine. */
          remove(): Promise<void>;
        }
      : A extends FolderArtifact
        ? {
            readonly key: string;
            write(files: ReadonlyMap<string, Uint8Array>): Promise<void>;
            /** Takes what an earlier attempt wrote for its own, if each file still has the digest; undefined if not. */
            adopt(digests: Readonly<Record<string, string>>): Promise<ReadonlyMap<string, Uint8Array> | undefined>;
          }
        : never;

export type Inputs<Artifacts extends Record<string, Artifact>> = {
  readonly [Name in keyof Artifacts]: Input<Artifacts[Name]>;
};
export type Outputs<Artifacts extends Record<string, Artifact>> = {
  readonly [Name in keyof Artifacts]: Output<Artifacts[Name]>;
};
