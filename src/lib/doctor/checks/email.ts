import { channelCheck } from "../channel-check.ts";

/** The mail server: connected to, with TLS and login as for a mail. */
export const email = channelCheck("email", "e-mail");
