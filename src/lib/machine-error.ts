import { ServiceError } from "./errors.ts";

const REASONS: Readonly<Record<string, { reason: string; hint: string }>> = {
  ENOSPC: { reason: "the disk is full", hint: "free some space, then run it again" },
  EDQUOT: { reason: "the disk quota is used up", hint: "free some space, then run it again" },
  EFBIG: { reason: "the file is larger than this process may write", hint: "look at ulimit -f" },
  EROFS: { reason: "the file system is read-only", hint: "mount it for writing, then run it again" },
  EACCES: {
    reason: "permission denied",
    hint: "does it belong to another user (root after sudo, say)? ls -l shows the owner, sudo chown -R gives it back",
  },
  EPERM: {
    reason: "not permitted",
    hint: "does it belong to another user (root after sudo, say)? ls -l shows the owner, sudo chown -R gives it back",
  },
  EIO: { reason: "the disk reports an error", hint: "look at the kernel's log (dmesg)" },
  EMFILE: { reason: "too many files are open", hint: "look at ulimit -n" },
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

/** The code of a system error (ENOENT, EEXIST, …), or undefined. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
