import { access } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { present } from "./present.ts";

/** An ordinary user of the machine. */
export const MARIA = { name: "maria", id: 64_001, home: "/home/maria" };

interface Ended {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A machine with the real cron of Debian's package, an ordinary user, and no crontab yet: this one, but for
 * /etc, which is a copy, the crontabs, /run and the home folders, which are others, all in a mount namespace. So its daemon starts nothing
 * of this machine's, and nothing of this machine's is changed.
 */
export interface CronMachine extends AsyncDisposable {
  /** Runs a program to its end, as maria unless said otherwise, with hardly any environment, and without a terminal. */
  run(words: readonly string[], given?: { readonly input?: string; readonly asRoot?: boolean }): Promise<Ended>;
  /** Runs the built churn as maria. */
  churn(words: readonly string[]): Promise<Ended>;
  /** Starts the daemon. */
  startCron(): void;
  /** What the daemon has written to stderr. */
  readonly daemonSaid: () => string;
}

/** Where the built program and Node are to be found in it, for whoever is no root. */
const PROJECT = "/mnt/project";
const NODE = "/mnt/node";

/** Whether a machine can be made of this one: it takes root, and cron. */
export async function canHaveCron(): Promise<boolean> {
  if (!(await present("cron"))) return false;
  const { exitCode } = await execa(
    "unshare",
    ["--mount", "--propagation", "private", "mount", "-t", "tmpfs", "t", "/mnt"],
    {
      reject: false,
    },
  );
  const isAble = process.geteuid?.() === 0 && exitCode === 0;
  if (!isAble) process.stderr.write("skipped: the real cron is started by root alone, in a mount namespace\n");
  return isAble;
}

const MAKE = `set -e
mount -t tmpfs -o mode=1730,gid="$(getent group crontab | cut -d: -f3)" crontabs /var/spool/cron/crontabs
mount -t tmpfs run /run
mount -t tmpfs -o mode=755 mnt /mnt
mkdir /mnt/project /mnt/node
mount --bind "$1" /mnt/project
mount --bind "$2" /mnt/node
cp -a /etc /mnt/etc
echo '${MARIA.name}:x:${MARIA.id}:${MARIA.id}::${MARIA.home}:/bin/sh' >> /mnt/etc/passwd
echo '${MARIA.name}:*:19000:0:99999:7:::' >> /mnt/etc/shadow
rm -rf /mnt/etc/crontab /mnt/etc/cron.*
mount --bind /mnt/etc /etc
mount -t tmpfs -o mode=755 home /home
mkdir ${MARIA.home}
chown ${MARIA.id}:${MARIA.id} ${MARIA.home}
echo ready
exec sleep infinity`;

export async function cronMachine(): Promise<CronMachine> {
  const project = fileURLToPath(new URL("../../..", import.meta.url));
  await access(join(project, "dist", "cli.cjs"));
  const holder = execa(
    "unshare",
    ["--mount", "--propagation", "private", "sh", "-c", MAKE, "sh", project, dirname(process.execPath)],
    { reject: false },
  );
  await new Promise<void>((resolve, reject) => {
    holder.stdout.once("data", () => resolve());
    holder.then(({ stderr }) => reject(new Error(`no machine: ${stderr}`)), reject);
  });
  const inside = ["--target", String(holder.pid), "--mount", "--"];
  const asMaria = ["setpriv", "--reuid", String(MARIA.id), "--regid", String(MARIA.id), "--clear-groups"];
  const env = ["env", "-i", `HOME=${MARIA.home}`, "LOGNAME=maria", "PATH=/usr/bin:/bin"];
  // In the foreground, and it says of each job when it begins, ends and fails.
  const start = () => execa("nsenter", [...inside, "cron", "-f", "-L", "15"], { cwd: "/", reject: false });
  let daemon: ReturnType<typeof start> | undefined;
  let said = "";
  const run: CronMachine["run"] = async (words, { input = "", asRoot = false } = {}) => {
    const { exitCode, stdout, stderr } = await execa(
      "nsenter",
      [...inside, ...(asRoot ? [] : [...asMaria, ...env]), ...words],
      {
        cwd: "/",
        input,
        reject: false,
        stripFinalNewline: false,
      },
    );
    return { exitCode, stdout, stderr };
  };
  return {
    run,
    churn: (words) => run([`${NODE}/node`, `${PROJECT}/bin/churn`, ...words]),
    startCron() {
      daemon = start();
      daemon.stderr.on("data", (text) => {
        said += String(text);
      });
    },
    daemonSaid: () => said,
    async [Symbol.asyncDispose]() {
      daemon?.kill("SIGTERM");
      await daemon;
      holder.kill("SIGKILL");
      await holder;
    },
  };
}
