import type { CompletedOption, CompletionModel, Offer } from "./model.ts";
import { type Told, toldCommand } from "./told.ts";

const TOLD: readonly Told[] = ["night", "version", "run"];

/** A script that has fish complete churn's words, each with its meaning. */
export function fishCompletion({ options, commands }: CompletionModel): string {
  const valued = options.filter(({ value }) => value !== undefined).flatMap(({ names }) => names);
  return `# completes churn in fish; written by churn completion fish
function __churn_command -d 'the command that is typed already'
    set -l words (commandline -opc)
    set -e words[1]
    while set -q words[1]
        switch $words[1]
            case ${valued.join(" ")}
                set -e words[1]
            case '-*'
            case '*'
                echo $words[1]
                return
        end
        set -e words[1]
    end
end
function __churn_at -d 'whether that is the command'
    set -l command (__churn_command)
    test "$command" = "$argv[1]"
end
function __churn_told -d 'nights, versions or runs that the ledger tells of'
    set -l words (commandline -opc)
    set -l dir $PWD
    if set -l at (contains -i -- -C $words; or contains -i -- --directory $words)
        set dir (string replace -r '^~/' $HOME/ -- $words[(math $at + 1)])
        string match -q '/*' -- $dir; or set dir $PWD/$dir
    end
    while not test -e $dir/churn.yaml; and string match -q '/*/*' -- $dir
        set dir (string replace -r '/[^/]*$' '' -- $dir)
    end
    test -f $dir/ledger.jsonl; or return
    switch $argv[1]
${TOLD.map(
  (told) => `        case ${told}
            ${toldCommand(told, "$dir").replace("LC_ALL=C ", "env LC_ALL=C ")}
`,
).join("")}    end
end
complete -c churn -f
${options.map((option) => optionLine(option)).join("")}${commands
  .map(({ name, meaning, options: own, words, told }) =>
    [
      `complete -c churn -n '__churn_at ""' -a ${name} -d ${quoted(meaning)}\n`,
      ...own.map((option) => optionLine(option, name)),
      words.length === 0 ? "" : `complete -c churn -n '__churn_at ${name}' -a ${quoted(wordsAnd(words, told))}\n`,
    ].join(""),
  )
  .join("")}`;
}

function optionLine({ names, meaning, value }: CompletedOption, command?: string): string {
  const where = command === undefined ? "" : ` -n '__churn_at ${command}'`;
  const named = names.map((name) => (name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`)).join(" ");
  return `complete -c churn${where} ${named}${value === undefined ? "" : ` ${offered(value)}`} -d ${quoted(meaning)}\n`;
}

function offered(value: Offer): string {
  switch (value.kind) {
    case "words":
      return `-x -a ${quoted(wordsAnd(value.words, value.told))}`;
    case "keys": {
      const values = value.values.flatMap(({ key, values: words }) => words.map((word) => `${key}=${word}`));
      return `-x -a ${quoted([...value.words, ...values].join(" "))}`;
    }
    case "folder":
      return "-x -a '(__fish_complete_directories)'";
    case "file":
      return "-r -F";
    case "nothing":
      return "-x";
  }
}

function wordsAnd(words: readonly string[], told: Told | undefined): string {
  return [...words, ...(told === undefined ? [] : [`(__churn_told ${told})`])].join(" ");
}

function quoted(text: string): string {
  return `'${text.replace(/['\\]/g, "\\$&")}'`;
}
