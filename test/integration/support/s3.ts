import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { CreateBucketCommand, PutBucketPolicyCommand, PutBucketVersioningCommand, S3Client } from "@aws-sdk/client-s3";
import { execa } from "execa";
import { freePort, type Service, startService } from "./service.ts";

/** Which server it is: they keep S3's promises in their own ways. */
export type S3Kind = "versitygw" | "minio" | "moto";

/** A pair of keys. */
export interface S3Keys {
  readonly accessKey: string;
  readonly secretKey: string;
}

/** A real server of S3's kind on a free port of this machine, over a folder. */
export interface S3Server extends S3Keys, AsyncDisposable {
  readonly kind: S3Kind;
  /** http://127.0.0.1:PORT, without a slash at its end */
  readonly endpoint: string;
  readonly region: string;
  /** what a churn process needs to work with it as the one who may do anything */
  readonly env: Readonly<Record<string, string>>;
  /** where the gateway keeps each bucket as a folder and each object as a file; MinIO keeps them in its own form, moto in memory */
  readonly folder: string;
  makeBucket(name: string): Promise<void>;
  /** Has a bucket keep what is overwritten and deleted in it; for a server that was started with `versions`. */
  keepVersions(bucket: string): Promise<void>;
  /**
   * Makes a user who may do in a bucket what is allowed, and nothing else. The gateway alone holds its users to that.
   *
   * @param rights  actions ("s3:GetObject") with the keys that they are for ("night/*"); "" is the bucket itself
   * @returns       the user's environment for a churn process
   */
  addUser(keys: S3Keys, bucket: string, rights: readonly Right[]): Promise<Readonly<Record<string, string>>>;
  /** Ends it without warning. */
  kill(): Promise<void>;
  /** Ends it as its users do. */
  stop(): Promise<void>;
  /** Starts it again after that: the same port and folder. It is ready when this returns. */
  restart(): Promise<void>;
}

export interface Right {
  readonly actions: readonly string[];
  readonly keys: string;
}

const installer = fileURLToPath(new URL("install-s3.sh", import.meta.url));

/**
 * Starts it. It is ready when this returns, and ends with its disposal.
 *
 * It is the Versity S3 gateway, or moto where that can't be built; CHURN_TEST_S3=minio makes it MinIO.
 *
 * @param options.folder    where it keeps what it has; by default a folder of its own, which goes with it
 * @param options.versions  whether a bucket can be told to keep what is overwritten and deleted
 */
export async function startS3(
  options: { readonly folder?: string; readonly versions?: boolean } = {},
): Promise<S3Server> {
  const wanted = process.env.CHURN_TEST_S3 === "minio" ? ["minio"] : [];
  const { stdout: program } = await execa(installer, wanted, { stderr: "inherit" });
  const kind = kindOf(program);
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), "churn-s3-")));
  const place = { data: join(folder, "data"), users: join(folder, "users"), versions: join(folder, "versions") };
  for (const path of Object.values(place)) await mkdir(path, { recursive: true });
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const keys: S3Keys = { accessKey: "churn-test-root", secretKey: "the-roots-own-secret-1" };

  const begin = () =>
    startService({
      file: program,
      words: {
        versitygw: [
          ...[
            "--quiet",
            "--port",
            `127.0.0.1:${port}`,
            "--keep-alive",
            "--iam-dir",
            place.users,
            "--iam-cache-disable",
          ],
          ...["posix", ...(options.versions === true ? ["--versioning-dir", place.versions] : []), place.data],
        ],
        minio: ["server", "--quiet", "--address", `127.0.0.1:${port}`, place.data],
        moto: ["-m", "moto.server", "--host", "127.0.0.1", "--port", String(port)],
      }[kind],
      cwd: folder,
      env: {
        PATH: process.env.PATH,
        HOME: folder,
        ROOT_ACCESS_KEY: keys.accessKey,
        ROOT_SECRET_KEY: keys.secretKey,
        MINIO_ROOT_USER: keys.accessKey,
        MINIO_ROOT_PASSWORD: keys.secretKey,
        MINIO_BROWSER: "off",
        MINIO_UPDATE: "off",
      },
      log: join(folder, "log"),
      isReady: async () => isReady(endpoint, kind),
    });
  let service: Service = await begin();
  // The SDK would say on stderr when it ends with Node 20.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";
  const client = clientOf(endpoint, keys);

  return {
    ...keys,
    kind,
    endpoint,
    region: REGION,
    env: envOf(endpoint, keys),
    folder: place.data,
    makeBucket: async (name) => {
      await client.send(new CreateBucketCommand({ Bucket: name }));
    },
    keepVersions: async (bucket) => {
      const VersioningConfiguration = { Status: "Enabled" } as const;
      await client.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration }));
    },
    async addUser(user, bucket, rights) {
      if (kind !== "versitygw") throw new Error(`${kind} has no users of ours`);
      const admin = ["admin", "--access", keys.accessKey, "--secret", keys.secretKey, "--endpoint-url", endpoint];
      await execa(program, [
        ...[...admin, "create-user", "--access", user.accessKey, "--secret", user.secretKey, "--role", "user"],
      ]);
      const Statement = rights.map(({ actions, keys: below }) => ({
        Effect: "Allow",
        Principal: { AWS: [user.accessKey] },
        Action: actions,
        Resource: `arn:aws:s3:::${bucket}${below === "" ? "" : `/${below}`}`,
      }));
      const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
      await client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
      return envOf(endpoint, user);
    },
    kill: () => service.kill(),
    stop: () => service.stop(),
    async restart() {
      service = await begin();
    },
    async [Symbol.asyncDispose]() {
      client.destroy();
      await service.stop();
      if (options.folder === undefined) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

const REGION = "us-east-1";

function kindOf(program: string): S3Kind {
  const name = basename(program);
  if (name.startsWith("versitygw")) return "versitygw";
  return name.startsWith("minio") ? "minio" : "moto";
}

/** Any answer but a server's own trouble: without keys it refuses, and then it is there. */
async function isReady(endpoint: string, kind: S3Kind): Promise<boolean> {
  try {
    const { status } = await fetch(kind === "minio" ? `${endpoint}/minio/health/ready` : endpoint);
    return kind === "minio" ? status === 200 : status < 500;
  } catch {
    return false;
  }
}

function clientOf(endpoint: string, { accessKey, secretKey }: S3Keys): S3Client {
  return new S3Client({
    endpoint,
    region: REGION,
    forcePathStyle: true,
    credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
  });
}

function envOf(endpoint: string, { accessKey, secretKey }: S3Keys): Readonly<Record<string, string>> {
  return {
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: accessKey,
    AWS_SECRET_ACCESS_KEY: secretKey,
    // No files of whoever runs the test have a say.
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_EC2_METADATA_DISABLED: "true",
  };
}
