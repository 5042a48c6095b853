/** HTTP as churn's clients of services need it: one request, one whole answer, no redirect followed, nothing repeated. */

/** A body that is sent in pieces, with its length: chunks without one are what some servers store nothing of. */
export interface Upload {
  readonly bytes: number;
  /** from the start, for each attempt */
  pieces(): Iterable<Uint8Array>;
}

export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Upload | undefined;
  /** seconds until the whole answer has to be there */
  readonly timeoutSeconds: number;
  /** bytes of the answer's body */
  readonly largest: number;
}

export interface HttpAnswer {
  readonly status: number;
  /** by lower-case name; of several of one name the first */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** The way to a service: through proxies, with certificates, by connections that are used again. */
export interface HttpConnections {
  /** @throws {NetworkFailure} where no answer came, or not all of it */
  send(request: HttpRequest): Promise<HttpAnswer>;
  close(): Promise<void>;
}

/** What certificates a service and its client have. All are PEM texts. */
export interface TlsSettings {
  /** authorities that the service may be certified by, instead of Node's own */
  readonly ca?: string | undefined;
  /** the client's certificate and key, in one text */
  readonly client?: string | undefined;
  /** takes any certificate */
  readonly insecure?: boolean | undefined;
}
