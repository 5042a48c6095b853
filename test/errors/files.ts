import { execFileSync } from "node:child_process";
import { constants, mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { requireFolder } from "../../src/lib/files/address.ts";
import { makeFolder } from "../../src/lib/files/folders.ts";
import { knownError, machineError } from "../../src/lib/files/machine-error.ts";
import { readPem } from "../../src/lib/files/pem.ts";
import { readPrivateFile } from "../../src/lib/files/private-file.ts";
import { openInPlace, readWithin } from "../../src/lib/files/within.ts";
import type { Row } from "./row.ts";

/** What the operating system says in a file's way. */
const refused = (code: string) => () => {
  throw machineError(Object.assign(new Error(code), { code }), "raw/2026-11-23/customers.parquet");
};

function privateFile(make: (path: string) => void) {
  return (root: string) => {
    const path = join(root, "secret");
    make(path);
    return readPrivateFile(path);
  };
}

/** Reads a file of a folder that others may write to. */
function others(make: (path: string, root: string) => void) {
  return (root: string) => {
    const shared = join(root, "shared");
    mkdirSync(shared);
    make(join(shared, "meta.yaml"), root);
    return readWithin(shared, join(shared, "meta.yaml"), "meta");
  };
}

export const files: readonly Row[] = [
  {
    cause: "a certificate that isn't there",
    by: (root) => readPem("gone.pem", "sslrootcert", { root, home: undefined }),
    code: 2,
    says: "sslrootcert names FOLDER/gone.pem, which is not there",
    next: "mend the path, or leave it out",
  },
  {
    cause: "a certificate that is none",
    by: (root) => {
      writeFileSync(join(root, "ca.pem"), "no certificate");
      readPem("ca.pem", "MLFLOW_TRACKING_SERVER_CERT_PATH", { root, home: undefined });
    },
    code: 2,
    says: "MLFLOW_TRACKING_SERVER_CERT_PATH names FOLDER/ca.pem, which is no PEM file",
    next: "ls -l FOLDER/ca.pem",
  },
  {
    cause: "a full disk",
    by: refused("ENOSPC"),
    code: 5,
    says: "raw/2026-11-23/customers.parquet: the disk is full",
    next: "free some space, then run it again",
  },
  {
    cause: "a disk quota",
    by: refused("EDQUOT"),
    code: 5,
    says: "raw/2026-11-23/customers.parquet: the disk quota is used up",
    next: "free some space, then run it again",
  },
  {
    cause: "a limit of a file's size",
    by: refused("EFBIG"),
    code: 5,
    says: "raw/2026-11-23/customers.parquet: the file is larger than this process may write",
    next: "look at ulimit -f",
  },
  {
    cause: "a file system that is read-only",
    by: refused("EROFS"),
    code: 5,
    says: "raw/2026-11-23/customers.parquet: the file system is read-only",
    next: "mount it for writing, then run it again",
  },
  {
    cause: "a file that is somebody else's",
    by: refused("EACCES"),
    code: 5,
    says: "raw/2026-11-23/customers.parquet: permission denied",
    next: "does it belong to another user (root after sudo, say)? ls -l shows the owner, sudo chown -R gives it back",
  },
  {
    cause: "what isn't permitted",
    by: refused("EPERM"),
    code: 5,
    says: "raw/2026-11-23/customers.parquet: not permitted",
    next: "does it belong to another user (root after sudo, say)? ls -l shows the owner, sudo chown -R gives it back",
  },
  {
    cause: "a file in the place of a folder",
    by: refused("EEXIST"),
    code: 5,
    says: "raw/2026-11-23/customers.parquet: a file stands where a folder belongs",
    next: "move it away, then run it again",
  },
  {
    cause: "a folder below a file",
    by: refused("ENOTDIR"),
    code: 5,
    says: "raw/2026-11-23/customers.parquet: a file stands where a folder belongs",
    next: "move it away, then run it again",
  },
  {
    cause: "a folder in the place of a file",
    by: refused("EISDIR"),
    code: 5,
    says: "raw/2026-11-23/customers.parquet: a folder stands where a file belongs",
    next: "move it away, then run it again",
  },
  {
    cause: "a disk with errors",
    by: refused("EIO"),
    code: 5,
    says: "raw/2026-11-23/customers.parquet: the disk reports an error",
    next: "look at the kernel's log (dmesg)",
  },
  {
    cause: "links in a circle",
    by: refused("ELOOP"),
    code: 5,
    says: "raw/2026-11-23/customers.parquet: symbolic links lead in a circle",
    next: "remove the link, then run it again",
  },
  {
    cause: "a name that is too long",
    by: refused("ENAMETOOLONG"),
    code: 5,
    says: "raw/2026-11-23/customers.parquet: the name is longer than the file system takes",
    next: "a workspace with a shorter path",
  },
  {
    cause: "no memory",
    by: refused("ENOMEM"),
    code: 5,
    says: "raw/2026-11-23/customers.parquet: the machine is short of memory",
    next: "free some memory, or look at ulimit -v and the container's limit",
  },
  {
    cause: "too many open files",
    by: refused("EMFILE"),
    code: 5,
    says: "raw/2026-11-23/customers.parquet: too many files are open",
    next: "look at ulimit -n",
  },
  {
    cause: "too many open files on the machine",
    by: refused("ENFILE"),
    code: 5,
    says: "raw/2026-11-23/customers.parquet: too many files are open on this machine",
    next: "look at sysctl fs.file-max",
  },
  {
    cause: "a network file system that lost a file",
    by: refused("ESTALE"),
    code: 5,
    says: "raw/2026-11-23/customers.parquet: the network file system has lost the file",
    next: "mount it again, then run it again",
  },
  {
    cause: "a link that leads nowhere",
    by: (root) => {
      symlinkSync(join(root, "gone"), join(root, "link"));
      makeFolder(join(root, "link"));
    },
    code: 5,
    says: "FOLDER/link is a link that leads nowhere",
    next: "is the disk that it stands for mounted?",
  },
  {
    cause: "a place that takes no folders",
    by: () => makeFolder("/proc/1/churn"),
    code: 5,
    says: "/proc/1/churn can't be made",
    next: "is that a place for files?",
  },
  {
    cause: "a store at an address of another kind",
    by: (root) => requireFolder("s3://bucket/churn", "store", root),
    code: 2,
    says: "store must be a folder's path or an absolute file: URI",
    next: "store in churn.yaml: a plain path starts at the workspace",
  },
  {
    cause: "a file in the place of mlruns",
    by: (root) => {
      writeFileSync(join(root, "mlruns"), "");
      return requireFolder("mlruns", "tracking.uri", root);
    },
    code: 2,
    says: "tracking.uri is FOLDER/mlruns, which is a file and no folder",
    next: "name another folder for tracking.uri, or move the file away",
  },
  {
    cause: "a user without a home",
    by: "test/files/home.test.ts",
    code: 2,
    says: "a path begins with ~ or $HOME, and HOME is no absolute path",
    next: "set HOME, or write the path out",
  },
  {
    cause: "a folder in the place of a secret's file",
    by: privateFile((path) => mkdirSync(path)),
    code: 2,
    says: "FOLDER/secret is not a file",
    next: "move it away: a file of text belongs there",
  },
  {
    cause: "a secret's file that others may read",
    by: privateFile((path) => writeFileSync(path, "x", { mode: 0o644 })),
    code: 2,
    says: "FOLDER/secret holds secrets and is open to others (mode 644)",
    next: "chmod 600 FOLDER/secret",
  },
  {
    cause: "a secret's file that is somebody else's",
    by: "test/workspace/env.test.ts",
    code: 2,
    says: "… holds secrets and belongs to another user (uid 12345, churn runs as 0)",
    next: "sudo chown 0 …",
  },
  {
    cause: "a secret's file in a circle of links",
    by: privateFile((path) => symlinkSync(path, path)),
    code: 2,
    says: "FOLDER/secret can't be read: ELOOP",
    next: "ls -l FOLDER/secret",
  },
  {
    cause: "a secret's file of gigabytes",
    by: privateFile((path) => {
      writeFileSync(path, "", { mode: 0o600 });
      truncateSync(path, 2 ** 34);
    }),
    code: 2,
    says: "FOLDER/secret has 17179869184 bytes, and is no file of secrets",
    next: "ls -l FOLDER/secret",
  },
  {
    cause: "a secret's file that is no UTF-8",
    by: privateFile((path) => writeFileSync(path, Buffer.of(0xfc), { mode: 0o600 })),
    code: 2,
    says: "FOLDER/secret is not UTF-8 text",
    next: "save it as UTF-8",
  },
  {
    cause: "no place for temporary files",
    by: "test/files/temporary.test.ts",
    code: 5,
    says: "there is no place for temporary files: none of … is a folder that takes any",
    next: "set TMPDIR to one that does",
  },
  {
    cause: "no memory for one text",
    by: () => {
      throw knownError(new RangeError("Array buffer allocation failed"));
    },
    code: 5,
    says: "memory ran out: Array buffer allocation failed",
    next: "free some memory, or look at ulimit -v and the container's limit",
  },
  // What others may have put there
  {
    cause: "a file of gigabytes",
    by: others((path) => writeFileSync(path, Buffer.alloc(70_000))),
    code: 5,
    says: "FOLDER/shared/meta.yaml has 70000 bytes, at most 65536 are read of such a file",
    next: "restore this file from a backup",
  },
  {
    cause: "a link that leads out of its folder",
    by: others((path, root) => {
      writeFileSync(join(root, "mine"), "mine");
      symlinkSync(join(root, "mine"), path);
    }),
    code: 5,
    says: "FOLDER/shared/meta.yaml is a link, or lies behind one, to FOLDER/mine, outside of FOLDER/shared",
    next: "put the file itself, or the folder, in the link's place",
  },
  {
    cause: "a pipe in a file's place",
    by: others((path) => void execFileSync("mkfifo", [path])),
    code: 5,
    says: "FOLDER/shared/meta.yaml is a named pipe and no file",
    next: "remove it; a file belongs there, from a backup if it was one",
  },
  {
    cause: "a link in the place of a lock",
    by: (root) => {
      symlinkSync(join(root, "mine"), join(root, "lock"));
      openInPlace(join(root, "lock"), constants.O_RDWR);
    },
    code: 5,
    says: "FOLDER/lock is a link, and churn writes to no file behind one",
    next: "remove the link",
  },
];
