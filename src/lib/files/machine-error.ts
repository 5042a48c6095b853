import { ChurnError, ServiceError } from "../errors.ts";

/** What to do about a file that this user may not touch. */
export const DENIED_HINT =
  "does it belong to another user (root after sudo, say)? ls -l shows the owner, sudo chown -R gives it back";

const REASONS: Readonly<Record<string, { reason: string; hint: string }>> = {
  ENOSPC: { reason: "the disk is full", hint: "free some space, then run it again" },
  EDQUOT: { reason: "the disk quota is used up", hint: "free some space, then run it again" },
  EFBIG: { reason: "the file is larger than this process may write", hint: "look at ulimit -f" },
  EROFS: { reason: "the file system is read-only", hint: "mount it for writing, then run it again" },
  EACCES: { reason: "permission denied", hint: DENIED_HINT },
  EPERM: { reason: "not permitted", hint: DENIED_HINT },
  EEXIST: { reason: "a file stands where a folder belongs", hint: "move it away, then run it again" },
  ENOTDIR: { reason: "a file stands where a folder belongs", hint: "move it away, then run it again" },
  EISDIR: { reason: "a folder stands where a file belongs", hint: "move it away, then run it again" },
  EIO: { reason: "the disk reports an error", hint: "look at the kernel's log (dmesg)" },
  ELOOP: { reason: "symbolic links lead in a circle", hint: "remove the link, then run it again" },
  ENAMETOOLONG: { reason: "the name is longer than the file system takes", hint: "a workspace with a shorter path" },
  ENOMEM: { reason: "the machine is short of memory", hint: "free some, then run it again" },
  EMFILE: { reason: "too many files are open", hint: "look at ulimit -n" },
  ENFILE: { reason: "too many files are open on this machine", hint: "look at sysctl fs.file-max" },
  ESTALE: { reason: "the network file system has lost the file", hint: "mount it again, then run it again" },
};

/** Whether the operating system refused for a reason that is the machine's and not churn's. */
export function isMachineError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "code" in error && typeof error.code === "string" && error.code in REASONS;
}

/** The operating system's refusal as a sentence; any other error comes back as it is. */
export function machineError(error: unknown, what: string): unknown {
  if (!isMachineError(error)) return error;
  const known = REASONS[error.code ?? ""];
  return known === undefined ? error : new ServiceError(`${what}: ${known.reason}`, known.hint, { cause: error });
}

/** Any error as churn's own, or undefined where it is a defect: what the machine refuses, wherever it did, is none. */
export function knownError(error: unknown): ChurnError | undefined {
  if (error instanceof ChurnError) return error;
  if (!isMachineError(error)) return undefined;
  const known = machineError(error, error.path ?? `the system call ${error.syscall}`);
  return known instanceof ChurnError ? known : undefined;
}

/** The code of a system error (ENOENT, EEXIST, …), or undefined. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
