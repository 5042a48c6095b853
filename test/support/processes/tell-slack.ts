import { post } from "../../../src/lib/notify/slack/post.ts";
import { words } from "../../../src/lib/notify/words.ts";
import { failed, letterOf } from "../letters.ts";

/** Sends one message by a webhook, or by a bot to an address of the Web API: URL [TOKEN]. What became of it goes to stderr. */
async function tellSlack([address = "", token]: readonly string[]): Promise<void> {
  const url = new URL(address);
  const way =
    token === undefined
      ? ({ kind: "webhook", url } as const)
      : ({ kind: "bot", api: url, token, channel: "#ml-alerts" } as const);
  const get = (name: string) => process.env[name];
  const attempt = await post(
    words(letterOf({ ...failed, details: [], hint: null }, { tail: ["the end"] })),
    way,
    { environment: { get, secret: get }, root: process.cwd() },
    20,
  );
  process.stderr.write(JSON.stringify(attempt));
}

void tellSlack(process.argv.slice(2));
