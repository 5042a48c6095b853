import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect } from "vitest";
import { shellWord } from "../../src/lib/cli/shell.ts";
import { pipeline } from "../../src/pipeline.ts";
import { churn, test } from "../support/churn.ts";
import { present } from "./support/present.ts";

const stages = pipeline.map(({ name }) => name);

/** What is typed, and the words that are offered for its end. */
const CASES: readonly (readonly [typed: string, offered: readonly string[]])[] = [
  ["churn run", ["run-all"]],
  ["churn sche", ["schedule"]],
  ["churn run-all --fr", ["--from"]],
  ["churn run-all --from tr", ["transform", "train"]],
  ["churn run-all --from trai", ["train"]],
  ["churn run-all --to ", stages],
  ["churn run-all --date yes", ["yesterday"]],
  ["churn extract --forc", ["--force"]],
  ["churn extract --js", ["--json"]],
  ["churn --set train.rou", ["train.rounds="]],
  ["churn --set train.rounds=5 --json run", ["run-all"]],
  ["churn -C other schedule pri", ["print"]],
  ["churn schedule ", ["print", "install", "remove"]],
  ["churn completion ba", ["bash"]],
  ["churn help verif", ["verify"]],
  ["churn get -o no", ["notes.txt"]],
  ["churn run-all --retry-until ", []],
  ["churn why 2026-11-2", ["2026-11-22", "2026-11-23"]],
  ["churn run-all --date 2026-11-22", ["2026-11-22"]],
  ["churn promote --version ", ["3", "12"]],
  ["churn logs --run 2026", ["20261122T050000Z-0001", "20261123T050000Z-7f3a"]],
  ["churn -C sub/deep why 2025", ["2025-01-01"]],
];

/** Lines of a ledger, as far as they are read here; the last one is nobody's words. */
const LEDGER = [
  '{"schema_version":1,"churn_version":"1.9.0","event":"registered","run":"20261122T050000Z-0001","night":"2026-11-22","version":12}',
  '{"schema_version":1,"churn_version":"1.9.0","event":"promoted","run":null,"night":"2026-11-23","version":3}',
  '{"schema_version":1,"churn_version":"1.9.0","event":"run_started","run":"20261123T050000Z-7f3a","night":"2026-11-23"}',
  '{"night":"2026-11-24$(touch pwned)","version":"4`touch pwned`","run":"20261124; touch pwned"}',
];

/** What the keys on a terminal make of a line: a word that is the only one is completed, of several as much as they share. */
const TYPED: readonly (readonly [typed: string, completed: string])[] = [
  ["churn sche", "churn schedule "],
  ["churn run-all --fr", "churn run-all --from "],
  ["churn run-all --from tr", "churn run-all --from tra"],
  ["churn run-all --from=trai", "churn run-all --from=train "],
  ["churn --set train.rou", "churn --set train.rounds="],
  ["churn --set train.rounds=5 sched", "churn --set train.rounds=5 schedule "],
  ["churn -C a", "churn -C a\\ workspace/"],
  ["churn -C a\\ workspace/ run", "churn -C a\\ workspace/ run-all "],
  ["churn get --output no", "churn get --output notes.txt "],
  ["churn run-all --retry-until no", "churn run-all --retry-until no"],
  ["churn --set train.algorithm=ran", "churn --set train.algorithm=random-forest "],
  ["churn rollback --to 1", "churn rollback --to 12 "],
  ["churn why 2026-11-23", "churn why 2026-11-23 "],
];

/** A shell's script in a workspace, and what it may offer: a folder, and a file. */
async function scriptFor(shell: string, folder: string): Promise<string> {
  const { stdout, exitCode } = await churn(folder, ["completion", shell]);
  expect(exitCode).toBe(0);
  await mkdir(join(folder, "a workspace"));
  await writeFile(join(folder, "notes.txt"), "");
  for (const [place, lines] of [
    [folder, LEDGER],
    [join(folder, "sub"), ['{"night":"2025-01-01"}']],
  ] as const) {
    await mkdir(join(place, "deep"), { recursive: true });
    await writeFile(join(place, "churn.yaml"), "");
    await writeFile(join(place, "ledger.jsonl"), `${lines.join("\n")}\n`);
  }
  const script = join(folder, `completes.${shell}`);
  await writeFile(script, `${stdout}\n`);
  return script;
}

/**
 * Types lines on a terminal of a shell's own, each with the tab key behind it, and shows what became of them.
 *
 * @param command  starts the shell
 * @param setup    for it, in its own language: it completes churn then, and the key Ctrl-T shows the line as <<…>> and empties it
 */
async function typed(command: string, setup: string, folder: string, lines: readonly string[]): Promise<string[]> {
  const file = join(folder, "setup");
  await writeFile(file, `${setup}\necho '<<ready>>'\n`);
  const shell = execa("script", ["-qec", command, "/dev/null"], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? "", HOME: folder, TERM: "dumb", LC_ALL: "C.UTF-8" },
    extendEnv: false,
    reject: false,
    timeout: 60_000,
  });
  let shown = "";
  let written = 0;
  shell.stdout.on("data", (text) => {
    shown += String(text);
    for (; written < answersIn(shown).length; written += 1)
      shell.stdin.write(written < lines.length ? `${lines[written]}\t\u0014` : "exit\r");
  });
  shell.stdin.write(`. ${shellWord(file)}\r`);
  await shell;
  return answersIn(shown).slice(1);
}

function answersIn(shown: string): string[] {
  return [...shown.matchAll(/<<(.*?)>>/g)].map(([, line = ""]) => line);
}

describe.runIf(await present("bash"))("bash", () => {
  test("offers every kind of word", async ({ folder }) => {
    const script = await scriptFor("bash", folder);
    // As bash itself calls it, which makes words of their own of equals signs.
    const offers = `
      source "$1"
      shift
      for line; do
        read -ra COMP_WORDS <<< "\${line//=/ = }"
        [[ $line == *" " ]] && COMP_WORDS+=("")
        COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
        _churn
        (IFS='|'; echo "\${COMPREPLY[*]}")
      done`;
    const lines = CASES.map(([line]) => line);
    const { stdout, stderr } = await execa("bash", ["--norc", "-c", offers, "bash", script, ...lines], { cwd: folder });
    expect(stderr).toBe("");
    expect(await readdir(folder)).not.toContain("pwned");
    const offered = stdout.split("\n").map((line) => line.split("|").filter((word) => word !== ""));
    expect(offered).toEqual(CASES.map(([, words]) => words));
  });

  test("completes what is typed on a terminal", async ({ folder }) => {
    const script = await scriptFor("bash", folder);
    const show = `bind -x '"\\C-t": echo "<<$READLINE_LINE>>"; READLINE_LINE='`;
    const setup = `PS1=; source ${shellWord(script)}; bind 'set bell-style none'; ${show}`;
    const lines = await typed(
      "bash --norc --noprofile -i",
      setup,
      folder,
      TYPED.map(([line]) => line),
    );
    expect(lines).toEqual(TYPED.map(([, completed]) => completed));
  });
});

describe.runIf(await present("zsh"))("zsh", () => {
  test("completes what is typed on a terminal", async ({ folder }) => {
    const script = await scriptFor("zsh", folder);
    const show = "show() { print; print -r -- \"<<$BUFFER>>\"; BUFFER= }; zle -N show; bindkey '^T' show";
    const setup = `PS1=; autoload -Uz compinit; compinit -u -D; source ${shellWord(script)}; setopt no_beep; ${show}`;
    const lines = await typed(
      "zsh -f -i",
      setup,
      folder,
      TYPED.map(([line]) => line),
    );
    expect(lines).toEqual(TYPED.map(([, completed]) => completed));
  });

  test("takes the script as a file of $fpath, too", async ({ folder }) => {
    const script = await scriptFor("zsh", folder);
    const functions = join(folder, "functions");
    await mkdir(functions);
    await execa("cp", [script, join(functions, "_churn")]);
    const show = "show() { print; print -r -- \"<<$BUFFER>>\"; BUFFER= }; zle -N show; bindkey '^T' show";
    const setup = `PS1=; fpath=(${shellWord(functions)} $fpath); autoload -Uz compinit; compinit -u -D; setopt no_beep; ${show}`;
    const [line] = await typed("zsh -f -i", setup, folder, ["churn run-all --from trai"]);
    expect(line).toBe("churn run-all --from train ");
  });
});

describe.runIf(await present("fish"))("fish", () => {
  test("offers every kind of word, each with its meaning", async ({ folder }) => {
    const script = await scriptFor("fish", folder);
    const offers = "source $argv[1]; for line in $argv[2..]; complete -C $line; echo; end";
    const lines = [...CASES.map(([line]) => line), "churn -C a", "churn --set train.algorithm=ran"];
    const env = { PATH: process.env.PATH ?? "", HOME: folder };
    const { stdout, stderr } = await execa("fish", ["--no-config", "-c", offers, script, ...lines], {
      cwd: folder,
      env,
      extendEnv: false,
    });
    expect(stderr).toBe("");
    expect(stdout).toContain("--force\trun it, whatever its record says");
    const offered = `${stdout}\n`
      .split(/(?<=^|\n)\n/)
      .map((text) => text.split("\n").flatMap((line) => (line === "" ? [] : [line.split("\t")[0]])));
    const sorted = (words: readonly (string | undefined)[]) => [...words].sort();
    expect(offered.slice(0, lines.length).map(sorted)).toEqual([
      ...CASES.map(([, words]) => sorted(words)),
      ["a workspace/"],
      ["train.algorithm=random-forest"],
    ]);
  });
});
