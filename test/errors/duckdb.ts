import { guarded } from "../../src/lib/duckdb/errors.ts";
import { fileLiteral } from "../../src/lib/duckdb/sql.ts";
import type { Row } from "./row.ts";

/** What DuckDB says where the machine is in its way. */
const says = (words: string) => () => guarded(() => Promise.reject(new Error(words)));

export const duckdb: readonly Row[] = [
  {
    cause: "a full disk",
    by: says('IO Error: Could not write file "/tmp/churn-1/duckdb_temp_storage.tmp": No space left on device'),
    code: 5,
    says: "/tmp/churn-1/duckdb_temp_storage.tmp: the disk is full",
    next: "free some space, then run it again",
  },
  {
    cause: "a disk quota",
    by: says('IO Error: Could not write file "a.parquet": Disk quota exceeded'),
    code: 5,
    says: "a.parquet: the disk quota is used up",
    next: "free some space, then run it again",
  },
  {
    cause: "a file that is somebody else's",
    by: says('IO Error: Cannot open file "a.parquet": Permission denied'),
    code: 5,
    says: 'DuckDB could not work: IO Error: Cannot open file "a.parquet": Permission denied',
    next: "does it belong to another user (root after sudo, say)? ls -l shows the owner, sudo chown -R gives it back",
  },
  {
    cause: "no memory",
    by: says("Out of Memory Error: failed to allocate data of size 16.0 MiB (1.0 GiB/1.0 GiB used)"),
    code: 5,
    says: "DuckDB could not work: Out of Memory Error: failed to allocate data of size 16.0 MiB (1.0 GiB/1.0 GiB used)",
    next: "more memory, or fewer columns or customers",
  },
  {
    cause: "a cache that is deleted while it is in use",
    by: says('IO Error: No files found that match the pattern "/w/.churn/cache/objects/24/2477.parquet"'),
    code: 5,
    says: 'DuckDB could not work: IO Error: No files found that match the pattern "/w/.churn/cache/objects/24/2477.parquet"',
    next: "the cache was deleted while it was in use: run it again",
  },
  {
    cause: "a damaged file",
    by: says("IO Error: Corrupt database file: computed checksum 1 does not match stored checksum 2"),
    code: 5,
    says: "DuckDB could not work: IO Error: Corrupt database file: computed checksum 1 does not match stored checksum 2",
    next: "the file is damaged: restore it, or have it written anew",
  },
  {
    cause: "a file that can't be opened",
    by: says('IO Error: Cannot open file "a.parquet": No such device'),
    code: 5,
    says: 'DuckDB could not work: IO Error: Cannot open file "a.parquet": No such device',
    next: "look at the disk and the folder's permissions, then run it again",
  },
  {
    cause: "a path that DuckDB can't be told",
    by: () => fileLiteral("/srv/a\\b[1].parquet"),
    code: 2,
    says: "/srv/a\\b[1].parquet: DuckDB can't read a path with a backslash and one of [ * ?",
    next: "give the file or the folder another name",
  },
  {
    cause: "a library of another machine",
    by: "test/program/installation.test.ts",
    code: 5,
    says: "DuckDB's library doesn't load on this machine: …",
    next: "install churn anew, on this machine: node_modules of another one has another one's libraries",
  },
  {
    cause: "a query that takes longer than it may",
    by: "test/duckdb/time-limit.test.ts",
    code: 4,
    says: "scoring version 3 takes longer than its limit of 0.1 s",
    next: undefined,
  },
];
