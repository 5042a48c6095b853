/** What the ledger of a workspace tells of, newest last, that somebody may want to type. */
export type Told = "night" | "version" | "run";

/** So many lines of its end are looked through, which are some months, and so many words are offered: a key's press takes no time. */
const LINES = 10_000;
const WORDS = 200;

/**
 * A command that lists them, for a POSIX shell: it starts no churn, and whatever is amiss it says nothing. Letters that a shell takes for
 * more than themselves stand in none of the words, whoever wrote the ledger.
 *
 * @param folder  the workspace's, as the shell writes it
 */
export function toldCommand(told: Told, folder: string): string {
  const [pattern, order] = told === "version" ? ["[0-9]+", "-un"] : ['"[0-9TZa-f.-]+"', "-u"];
  return [
    `tail -n ${LINES} ${folder}/ledger.jsonl 2>/dev/null`,
    `LC_ALL=C grep -oE '"${told}":${pattern}'`,
    `cut -d: -f2`,
    `tr -d '"'`,
    `sort ${order}`,
    `tail -n ${WORDS}`,
  ].join(" | ");
}

/** The same for bash and zsh as a function of a folder in the workspace or below it, which the current one is without a word. */
export function toldFunctions(): string {
  const all: readonly Told[] = ["night", "version", "run"];
  return `_churn_told() {
  local dir=\${2:-.}
  dir=\${dir/#\\~\\//$HOME/}
  [[ $dir == /* ]] || dir=$PWD/$dir
  while [[ ! -e $dir/churn.yaml && $dir == /*/* ]]; do dir=\${dir%/*}; done
  [[ -f $dir/ledger.jsonl ]] || return 0
  case $1 in
${all.map((told) => `    ${told}) ${toldCommand(told, '"$dir"')} ;;\n`).join("")}  esac
}
`;
}
