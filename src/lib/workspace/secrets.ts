/**
 * THE list of what is a secret, by the names that people give to secrets and by the forms that secrets have. Whoever masks,
 * refuses or leaves out secrets asks here. Every pattern begins with something fixed, so that a text of any length is read
 * once: one that began with "any letters" would read it anew from each of its letters.
 */

/** A shorter value can't be told from other text: `1` and `test` are no secrets that could be hidden. */
const SHORTEST = 5;

/** What a secret is called, wherever it stands in the name; a tokenizer is none. Some addresses are one as a whole. */
const SECRET_ANYWHERE =
  /passw|kennwort|passphrase|secret|token(?!i[sz])|credential|webhook|(?:heartbeat|smtp|(?:^|_)ping)_url/;
/** Words of a name that say it: SMTP_PASS, SSHPASS, MYSQL_PWD, OAUTH2, API_KEY, KEY1, GITHUB_PAT, accessKeyId. */
const SECRET_WORD =
  /^(?:pw|pat|sas|creds?|authorization|jwt|bearer|cookies?)\d*$|(?:(?<!by|com|ask|sur|tres)pass|pwd|auth|(?<!mon|tur|don|hoc|joc|whis|hot)keys?)\d*$/;
/** Names that end like this name a thing that belongs to a secret: its file, its owner, its length. */
const NO_SECRET_ITSELF =
  /(?:^|_)(?:files?|path|dir|folder|sock|socket|host|port|user|username|name|type|method|mode|enabled|required|ttl|timeout|length|size|region|algorithm|version|on)$/;
/** Keys of tables and projects, and names of keys that others keep, which open nothing; the folders of a shell. */
const OTHER_NAME =
  /^(?:old)?pwd$|(?:^|_)(?:public|primary|foreign|unique|partition|cluster|sort|order|group|routing|project|kms)_keys?(?:_|$)/;

/** Whether a variable or a field of this name holds a secret. */
export function isSecretName(name: string): boolean {
  const words = wordsOf(name);
  const plain = words.join("_");
  if (NO_SECRET_ITSELF.test(plain) || OTHER_NAME.test(plain)) return false;
  return SECRET_ANYWHERE.test(plain) || words.some((word) => SECRET_WORD.test(word));
}

/** API_KEY, api-key and apiKey are two words, the same two. */
function wordsOf(name: string): string[] {
  const apart = name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase();
  return apart.split(/[^a-z0-9]+/).filter((word) => word !== "");
}

/**
 * What is switched on and off by a variable with a secret's name, the words that all of churn's texts are made of, and those
 * that programs go by in its JSON.
 */
const ORDINARY_WORD = new RegExp(
  `^(?:${[
    "false|disabled?|enabled?|required|optional|default|basic|churn|models?|artifacts|mlruns",
    "extract|validate|transform|features|train|evaluate|compare|register|notify",
    "staging|production|archived|first|older|night|better|identical|champion|damaged|unscorable",
    "succeeded|failed|interrupted|running|fresh|decided|passed|applicable|registered",
    "numeric|categorical|boolean|ignored?",
  ].join("|")})$`,
  "i",
);

/** A line of dashes, blanks, the mask itself. */
const ONE_LETTER = /^(.)\1{0,10}$/s;

/** Whether a value can be told from other text, and so be masked. */
export function isMaskable(value: string): boolean {
  return value.length >= SHORTEST && !ORDINARY_WORD.test(value) && !ONE_LETTER.test(value);
}

const IN_ADDRESS = String.raw`[^\s/?#"'<>]`;
/** Fields of an address whose value is a secret. */
const FIELD =
  "(?:password|passwd|passphrase|pwd|pass|secret|client_?secret|(?:access_?|auth_?|refresh_?|id_?)?token|(?:api|access|account)_?key|key|sig|signature|x-amz-(?:signature|credential|security-token))";

/**
 * Secrets that are known by their form, each with the words around it that stay. These may come from the environment alone:
 * in churn.yaml and on a command line they are refused, and no digest is taken over them.
 */
const FORMS: readonly RegExp[] = [
  // user:password@ of any URL
  new RegExp(`(?<=[a-z0-9+.-]://[^\\s/?#@:"'<>]*:)${IN_ADDRESS}*(?=@)`, "gi"),
  new RegExp(`(?<=[?&;]${FIELD}=)[^&;\\s"'<>#]+`, "gi"),
  // addresses that open a door to whoever knows them
  /(?<=\bhooks\.slack(?:-gov)?\.com\/(?:services|workflows|triggers)\/)[^\s"'<>]+/gi,
  /(?<=\bdiscord(?:app)?\.com\/api\/webhooks\/|\bwebhook\.office\.com\/|\bapi\.telegram\.org\/bot|\bhc-ping\.com\/|\bnosnch\.in\/|\bcronitor\.link\/p\/)[^\s"'<>]+/gi,
  // tokens that say what they are by their first letters: of GitHub, GitLab, Slack, Hugging Face, npm, AWS, Google, OpenAI
  /(?<![\w-])(?:gh[opsur]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[a-z]-[\w-]{10,}|hf_[A-Za-z0-9]{20,}|npm_[A-Za-z0-9]{30,}|A[KS]IA[A-Z0-9]{16}|AIza[\w-]{30,}|sk-[\w-]{32,})(?![\w-])/g,
  // likewise of Stripe, SendGrid, PyPI, Docker, DigitalOcean, HashiCorp, Databricks
  /(?<![\w-])(?:[rs]k_(?:live|test)_[A-Za-z0-9]{16,}|SG\.[\w-]{16,}\.[\w-]{16,}|pypi-[\w-]{30,}|dckr_pat_[\w-]{20,}|do[opr]_v1_[a-f0-9]{40,}|hv[bs]\.[\w-]{20,}|dapi[a-f0-9]{32})(?![\w-])/g,
  /(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g,
  /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|$)/g,
];

/** Forms that an honest text may have too: masked where they are shown, and no reason to refuse anything. */
const LIKELY_FORMS: readonly RegExp[] = [
  // pings of a healthchecks server of one's own, and of others that speak like it
  /(?<=\/(?:ping|heartbeat)\/)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9a-f])/gi,
  // a token in the place of a user's name
  /(?<=[a-z0-9+.-]:\/\/)(?=[^\s/?#@:"'<>]*\d)[^\s/?#@:"'<>]{20,}(?=(?::[^\s/?#@"'<>]*)?@)/gi,
  /(?<=\b(?:password|passwd|passphrase|pwd)=)(?:'[^'\n]*'|"[^"\n]*"|\{[^}\n]*\}|[^\s&;,"'<>()]+)/gi,
  /(?<="(?:password|passwd|passphrase|secret|token|api_?key)"\s?:\s?")[^"\n]+/gi,
  /(?<=\bauthorization["']?\s?[:=]\s?["']?(?:(?:basic|bearer|token)\s)?)(?!(?:basic|bearer|token)\s)[^\s"',]+/gi,
  /(?<=\bbearer\s)[\w.~+/=-]{16,}/gi,
];

export const MASK = "***";

/** Whether a text has a secret in it that is known by its form. */
export function hasSecret(text: string): boolean {
  return withoutSecrets(text) !== text;
}

/** A text without the secrets whose form leaves no doubt: what depends on it depends on no secret. */
export function withoutSecrets(text: string): string {
  return FORMS.reduce((rest, form) => rest.replace(form, MASK), text);
}

/** A text without anything that has a secret's form. */
export function maskForms(text: string): string {
  return LIKELY_FORMS.reduce((rest, form) => rest.replace(form, MASK), withoutSecrets(text));
}

/** The texts that have a secret's form, as they stand in a text. */
export function secretForms(text: string): string[] {
  return [...FORMS, ...LIKELY_FORMS].flatMap((form) => text.match(form) ?? []);
}
