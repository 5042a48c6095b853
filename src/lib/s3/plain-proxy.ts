/** As the SDK has it when it is signed. */
interface HttpRequest {
  /** with a colon */
  protocol: string;
  hostname: string;
  port?: number | undefined;
  path: string;
  headers: Record<string, string>;
}

/**
 * Makes a step of the SDK's that hands requests of plain HTTP to a proxy as they are, once they are signed: a tunnel to a port of HTTP
 * is what most proxies refuse.
 *
 * @param proxy  with user and password, where it has them
 * @see https://www.rfc-editor.org/rfc/rfc9112#name-absolute-form
 */
export function passOn(proxy: URL) {
  const { username, password } = proxy;
  const who = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString("base64");
  return <Args extends { request: unknown }, Result>(next: (args: Args) => Promise<Result>) =>
    (args: Args): Promise<Result> => {
      const { request } = args;
      if (!isHttpRequest(request)) return next(args);
      const { protocol, hostname, port, path } = request;
      request.path = `${protocol}//${hostname}${port === undefined ? "" : `:${port}`}${path}`;
      request.protocol = proxy.protocol;
      request.hostname = proxy.hostname;
      request.port = Number(proxy.port || (proxy.protocol === "https:" ? 443 : 80));
      if (username !== "") request.headers["proxy-authorization"] = `Basic ${who}`;
      return next(args);
    };
}

function isHttpRequest(request: unknown): request is HttpRequest {
  return typeof request === "object" && request !== null && "hostname" in request && "headers" in request;
}
