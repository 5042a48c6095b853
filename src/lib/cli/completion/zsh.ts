import type { CompletedOption, CompletionModel, Offer } from "./model.ts";
import { type Told, toldFunctions } from "./told.ts";

/** A script that has zsh complete churn's words, each with its meaning: a file of $fpath by the name _churn, or sourced. */
export function zshCompletion({ options, commands }: CompletionModel): string {
  const valued = options.filter(({ value }) => value !== undefined);
  return `#compdef churn
# completes churn in zsh; written by churn completion zsh
${toldFunctions()}_churn() {
  local command= dir= prev=\${words[CURRENT-1]} i
  local -a found options
  for ((i = 2; i < CURRENT; i++)); do
    case \${words[i]} in
      -C|--directory) ((i++)); dir=\${(Q)words[i]} ;;
      --directory=*) dir=\${(Q)words[i]#*=} ;;
      ${valued.flatMap(({ names }) => names).join("|")}) ((i++)) ;;
      -*) ;;
      *) command=\${words[i]}; break ;;
    esac
  done
  if [[ \${words[CURRENT]} == --*=* ]]; then
    prev=\${words[CURRENT]%%=*}
    compset -P '*='
  elif [[ $prev == --set && \${words[CURRENT]} == *=* ]]; then
    prev=\${words[CURRENT]%%=*}
    compset -P '*='
  fi
  case "$command $prev" in
${valued
  .map((option) =>
    branch(
      option.names.map((name) => `*' ${name}'`),
      option.value,
    ),
  )
  .join("")}${commands
  .flatMap(({ name, options: own }) =>
    own.map((option) =>
      branch(
        option.names.map((one) => `'${name} ${one}'`),
        option.value,
      ),
    ),
  )
  .join("")}  esac
  options=(${described(options)})
  case $command in
    '') found=(${commands.map(({ name, meaning }) => entry(name, meaning)).join(" ")}) ;;
${commands
  .map(
    ({ name, options: own, words, told }) =>
      `    ${name}) options+=(${described(own)}) found=(${wordsAnd(words, told)}) ;;\n`,
  )
  .join("")}  esac
  if [[ \${words[CURRENT]} == -* ]]; then
    _describe -o option options
  else
    _describe word found
  fi
}
if [[ \${funcstack[1]} == _churn ]]; then _churn "$@"; else compdef _churn churn; fi
`;
}

function described(options: readonly CompletedOption[]): string {
  return options.flatMap(({ names, meaning }) => names.map((name) => entry(name, meaning))).join(" ");
}

/** A word and its meaning, which a colon keeps apart. */
function entry(word: string, meaning: string): string {
  const text = `${word.replaceAll(":", "\\:")}:${meaning}`;
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** What is offered behind an option. */
function branch(patterns: readonly string[], value: Offer | undefined): string {
  if (value === undefined) return "";
  const values = value.kind === "keys" ? value.values : [];
  return [
    `    ${patterns.join("|")}) ${offered(value)}return ;;\n`,
    // What stands before the equals sign is the word before.
    ...values.map(({ key, values: words }) => `    *' ${key}') ${offered({ kind: "words", words })}return ;;\n`),
  ].join("");
}

function wordsAnd(words: readonly string[], told: Told | undefined): string {
  return [...words, ...(told === undefined ? [] : [`\${(f)"$(_churn_told ${told} $dir)"}`])].join(" ");
}

function offered(value: Offer): string {
  switch (value.kind) {
    case "words":
      return `found=(${wordsAnd(value.words, value.told)}); _describe value found; `;
    case "keys":
      return `found=(${value.words.join(" ")}); compadd -S '' -a found; `;
    case "folder":
      return "_files -/; ";
    case "file":
      return "_files; ";
    case "nothing":
      return "";
  }
}
