/** A bucket as churn needs it: whole objects under keys, written in one request, never half there. */
export interface Bucket {
  readonly name: string;
  /** where requests go, for sentences and for telling two servers apart: "https://minio:9000", or "AWS" */
  readonly server: string;
  /** The same bucket, with another deadline than the settings': seconds for each call. */
  within(deadlineSeconds: number): Bucket;
  /** Loads what takes long to load and finds credentials: for who has time to spare. What fails is told by the first request. */
  warmUp(): Promise<void>;
  /** Undefined where there is no such object, which takes two requests to know. @throws as `get` */
  head(key: string): Promise<ObjectHead | undefined>;
  /**
   * A small object, whole, its length and the server's checksum looked at.
   *
   * @param ifMatch  the ETag that it has to have
   * @param most     bytes; of a larger one nothing is read
   * @returns        undefined where there is no such object, or none with that ETag
   * @throws {InputError} for a larger one
   * @throws {UsageError} for what a person has to mend: rights, keys, a bucket or a region that is another
   * @throws {UnreachableError} when the server can't be reached, or fails, for longer than the deadline
   * @throws {ServiceError} when it answers something else, or half of it
   */
  get(key: string, ifMatch?: string, most?: number): Promise<ObjectContent | undefined>;
  /** The same into a new file, of any size. What isn't whole is removed. @throws as `get` */
  download(key: string, path: string, ifMatch?: string): Promise<Downloaded | undefined>;
  /**
   * Writes an object in one request. A request whose answer was lost is repeated, and its own success told from another's.
   *
   * @param condition  what has to be there before; by default anything
   * @param before     called before each repetition: what it throws ends it
   * @returns          its new ETag, or `refused` where the condition didn't hold
   * @throws as `get`
   */
  put(key: string, body: Body, condition?: Condition, before?: () => Promise<void>): Promise<Put>;
  /** Removes an object; none is no error. @throws as `get` */
  remove(key: string): Promise<void>;
  /**
   * All objects below a prefix, in byte order, and with `delimiter` the folders of its first level instead of their objects.
   *
   * @param most  where there are more objects, it is no matter how many: no further page is asked for
   * @throws as `get`
   */
  list(prefix: string, delimiter?: "/", most?: number): Promise<Listing>;
}

export interface ObjectHead {
  readonly etag: string;
  readonly size_bytes: number;
  readonly modified: Date;
  /** as the server has checked it when it took the object; undefined where it keeps none of the whole */
  readonly sha256: string | undefined;
}

export interface ObjectContent extends ObjectHead {
  readonly bytes: Buffer;
  /** whether the server has said the digest too: otherwise the bytes may have come otherwise than they lie there */
  readonly isProved: boolean;
}

export interface Downloaded {
  readonly etag: string;
  readonly size_bytes: number;
  readonly modified: Date;
  readonly sha256: string;
  /** as ObjectContent's */
  readonly isProved: boolean;
}

/** Bytes, or a file that lies still meanwhile, with its digest in hex. */
export type Body =
  | { readonly bytes: Buffer; readonly sha256: string }
  | { readonly path: string; readonly size_bytes: number; readonly sha256: string };

export type Condition =
  /** isTrial: whether the server knows conditions is what is asked; else one that can't do the write is an error */
  { readonly kind: "absent"; readonly isTrial?: boolean } | { readonly kind: "etag"; readonly etag: string };

export type Put =
  /** isProved: whether the server has checked the digest */
  | { readonly kind: "written"; readonly etag: string; readonly isProved: boolean }
  | { readonly kind: "refused" }
  /** the server knows no conditions of writes, which a trial is about */
  | { readonly kind: "unknown" };

export interface Listed {
  readonly key: string;
  readonly etag: string;
  readonly size_bytes: number;
  readonly modified: Date;
}

export interface Listing {
  readonly objects: readonly Listed[];
  /** with a slash at their end */
  readonly folders: readonly string[];
}
