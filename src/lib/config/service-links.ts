const URL_OF_PORT = /^(?:tcp|udp|sctp):\/\/\S+:\d+$/;
const PORT = /^\d{1,5}$/;
const HOST = /^\S+$/;

/** The variables that Kubernetes sets in each container for a service called churn in its namespace, with their values. */
const LINKS: readonly (readonly [name: RegExp, value: RegExp])[] = [
  [/^CHURN_SERVICE_HOST$/, HOST],
  [/^CHURN_SERVICE_PORT(?:_[A-Z0-9_]+)?$/, PORT],
  [/^CHURN_PORT(?:_\d+_(?:TCP|UDP|SCTP))?$/, URL_OF_PORT],
  [/^CHURN_PORT_\d+_(?:TCP|UDP|SCTP)_PROTO$/, /^(?:tcp|udp|sctp)$/],
  [/^CHURN_PORT_\d+_(?:TCP|UDP|SCTP)_PORT$/, PORT],
  [/^CHURN_PORT_\d+_(?:TCP|UDP|SCTP)_ADDR$/, HOST],
];

/**
 * Whether a variable comes from Kubernetes and is no configuration.
 *
 * @see https://kubernetes.io/docs/tutorials/services/connect-applications-service/#environment-variables
 */
export function isServiceLink(name: string, value: string): boolean {
  return LINKS.some(([names, values]) => names.test(name) && values.test(value));
}
