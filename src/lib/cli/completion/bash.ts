import type { CompletedOption, CompletionModel, Offer } from "./model.ts";
import { type Told, toldFunctions } from "./told.ts";

/**
 * A script that has bash complete churn's words, bash 3.2 of macOS included. Everything stands in it but what the ledger tells of: a press
 * of the key starts no churn.
 */
export function bashCompletion({ options, commands }: CompletionModel): string {
  const namesOf = (list: readonly CompletedOption[]) => list.flatMap(({ names }) => names);
  const everywhere = namesOf(options).join(" ");
  const valued = options.filter(({ value }) => value !== undefined);
  return `# completes churn in bash; written by churn completion bash
${toldFunctions()}_churn() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} command= options= words= dir= i
  local IFS=$' \\t\\n'
  # bash makes a word of its own of an equals sign.
  if [[ $cur == "=" ]]; then cur=; elif [[ $prev == "=" ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
      -C|--directory) ((i++)); [[ \${COMP_WORDS[i]} == "=" ]] && ((i++)); dir=\${COMP_WORDS[i]} ;;
      ${namesOf(valued).join("|")}) ((i++)); [[ \${COMP_WORDS[i]} == "=" ]] && ((i++)) ;;
      "=") ((i++)) ;;
      -*) ;;
      *) command=\${COMP_WORDS[i]}; break ;;
    esac
  done
  COMPREPLY=()
  case "$command $prev" in
${valued
  .map((option) =>
    branch(
      option.names.map((name) => `*" ${name}"`),
      option.value,
    ),
  )
  .join("")}${commands
  .flatMap(({ name, options: own }) =>
    own.map((option) =>
      branch(
        option.names.map((one) => `"${name} ${one}"`),
        option.value,
      ),
    ),
  )
  .join("")}  esac
  case $command in
    "") words="${commands.map(({ name }) => name).join(" ")}" ;;
${commands
  .map(
    ({ name, options: own, words, told }) =>
      `    ${name}) options="${namesOf(own).join(" ")}" words="${wordsAnd(words, told)}" ;;\n`,
  )
  .join("")}  esac
  [[ $cur == -* ]] && words="$options ${everywhere}"
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -F _churn churn
`;
}

/** What is offered behind an option. */
function branch(patterns: readonly string[], value: Offer | undefined): string {
  if (value === undefined) return "";
  const values = value.kind === "keys" ? value.values : [];
  return [
    `    ${patterns.join("|")}) ${offered(value)}return ;;\n`,
    // What stands before the equals sign is the word before.
    ...values.map(({ key, values: words }) => `    *" ${key}") ${offered({ kind: "words", words })}return ;;\n`),
  ].join("");
}

function wordsAnd(words: readonly string[], told: Told | undefined): string {
  return [...words, ...(told === undefined ? [] : [`$(_churn_told ${told} "$dir")`])].join(" ");
}

function offered(value: Offer): string {
  switch (value.kind) {
    case "words":
      return `COMPREPLY=($(compgen -W "${wordsAnd(value.words, value.told)}" -- "$cur")); `;
    case "keys":
      return `compopt -o nospace 2>/dev/null; COMPREPLY=($(compgen -W "${value.words.join(" ")}" -- "$cur")); `;
    case "folder":
    case "file": {
      const kind = value.kind === "folder" ? "-d" : "-f";
      return `IFS=$'\\n'; compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen ${kind} -- "$cur")); `;
    }
    case "nothing":
      return "";
  }
}
