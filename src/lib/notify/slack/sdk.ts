/** Slack's own packages, as much of them as churn uses. The build makes a file of its own of them, which is read where Slack is told. */
// biome-ignore lint/performance/noBarrelFile: this is what is built
export { type Logger, LogLevel, WebClient } from "@slack/web-api";
export { IncomingWebhook } from "@slack/webhook";
