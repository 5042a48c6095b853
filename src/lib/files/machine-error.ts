import { constants } from "node:os";
import { ChurnError, ServiceError } from "../errors.ts";

/** What to do about a file that this user may not touch. */
export const DENIED_HINT =
  "does it belong to another user (root after sudo, say)? ls -l shows the owner, sudo chown -R gives it back";

/** What to do where memory, or room for addresses, is used up. */
export const MEMORY_HINT = "free some memory, or look at ulimit -v and the container's limit";

/** How the system's loader, V8, WebAssembly and C++ say it, each in its own words. */
const OUT_OF_MEMORY =
  /out of memory|process OOM|ERR_WORKER_OUT_OF_MEMORY|(?:could not|cannot|can't) allocate|allocation failed|failed to (?:map segment|reserve)|bad_alloc/i;

/** Whether a text of another program says that it ran out of memory. */
export function saysOutOfMemory(text: string): boolean {
  return OUT_OF_MEMORY.test(text);
}

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
  EAGAIN: {
    reason: "no more processes may be started",
    hint: "look at ulimit -u, and at the container's limit of pids",
  },
  E2BIG: { reason: "its environment is larger than a process may have", hint: "unset what isn't needed" },
  ENOMEM: { reason: "the machine is short of memory", hint: MEMORY_HINT },
  EMFILE: { reason: "too many files are open", hint: "look at ulimit -n" },
  ENFILE: { reason: "too many files are open on this machine", hint: "look at sysctl fs.file-max" },
  EBUSY: { reason: "something else has it in use", hint: "run it again" },
  ENODEV: { reason: "the device is gone", hint: "is the disk mounted?" },
  ENOTSUP: { reason: "the file system can't do that", hint: "a folder on a local disk" },
  ETIMEDOUT: { reason: "the network file system doesn't answer", hint: "run it again when it does" },
  ESTALE: { reason: "the network file system has lost the file", hint: "mount it again, then run it again" },
  ENOTCONN: { reason: "the network file system is gone", hint: "mount it again, then run it again" },
  EHOSTUNREACH: { reason: "the network file system can't be reached", hint: "run it again when it can" },
  EREMOTEIO: { reason: "the disk reports an error", hint: "look at the kernel's log (dmesg)" },
  EBADMSG: {
    reason: "the disk's own checksum doesn't fit",
    hint: "look at the kernel's log (dmesg), and check the disk",
  },
  ENXIO: { reason: "the device is gone", hint: "is the disk mounted?" },
  ENOLCK: { reason: "the file system has no locks left", hint: "a folder on a local disk" },
  ENOSYS: { reason: "the file system can't do that", hint: "a folder on a local disk" },
};

/** Refusals that neither Node nor JavaScript has a name for: EUCLEAN of a damaged file system, say. */
const UNNAMED = /^UNKNOWN$|^Unknown system error/;

/** Whether the operating system refused for a reason that is the machine's and not churn's. */
export function isMachineError(error: unknown): error is NodeJS.ErrnoException {
  return reasonOf(error) !== undefined;
}

/** The operating system's refusal as a sentence; any other error comes back as it is. */
export function machineError(error: unknown, what: string): unknown {
  const known = reasonOf(error);
  return known === undefined ? error : new ServiceError(`${what}: ${known.reason}`, known.hint, { cause: error });
}

function reasonOf(error: unknown): (typeof REASONS)[string] | undefined {
  const code = errorCode(error);
  if (code === undefined) return undefined;
  if (Object.hasOwn(REASONS, code)) return REASONS[code];
  // Some file systems of user space can't sync, and say it in this way; of any other call it is a defect.
  if (code === "EINVAL" && isCall(error, "fsync")) return REASONS.ENOTSUP;
  if (!UNNAMED.test(code) || !(error instanceof Error && "errno" in error)) return undefined;
  return {
    reason: `the operating system refuses it with error ${Math.abs(Number(error.errno))}`,
    hint: "look at the kernel's log (dmesg)",
  };
}

function isCall(error: unknown, name: string): boolean {
  return error instanceof Error && "syscall" in error && error.syscall === name;
}

/** Any error as churn's own, or undefined where it is a defect: what the machine refuses, wherever it did, is none. */
export function knownError(error: unknown): ChurnError | undefined {
  if (error instanceof ChurnError) return error;
  if (error instanceof RangeError && saysOutOfMemory(error.message)) {
    return new ServiceError(`memory ran out: ${error.message}`, MEMORY_HINT, { cause: error });
  }
  if (!isMachineError(error)) return undefined;
  const known = machineError(error, error.path ?? `the system call ${error.syscall}`);
  return known instanceof ChurnError ? known : undefined;
}

/**
 * The code of a system error (ENOENT, EEXIST, …), or undefined. What Node has no name for, the kernel has: a quota that is
 * used up arrives as "UNKNOWN" or "Unknown system error -122".
 */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error && "code" in error && typeof error.code === "string")) return undefined;
  if (!UNNAMED.test(error.code) || !("errno" in error)) return error.code;
  const { errno } = error;
  return Object.entries(constants.errno).find(([, number]) => -number === errno)?.[0] ?? error.code;
}
