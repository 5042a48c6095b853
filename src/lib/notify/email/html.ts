import { visibleLine } from "../../cli/visible.ts";
import { own } from "../../config/own.ts";
import type { Figure, Words } from "../words.ts";

const SANS = "-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
const MONO = "ui-monospace,SFMono-Regular,Menlo,Consolas,'Liberation Mono',monospace";

/** What a verdict's line is coloured with, by its sign: for light and for dark. */
const TONES: Readonly<Record<string, readonly [light: string, dark: string]>> = {
  "✅": ["#1a7f37", "#3fb950"],
  "⚠️": ["#9a6700", "#d29922"],
  "❌": ["#cf222e", "#f85149"],
};
const QUIET: readonly [light: string, dark: string] = ["#0969da", "#58a6ff"];

/**
 * The message as a page that mail programs show: tables, styles at each element, nothing from elsewhere. What is dark is said in the
 * head, by classes: programs that leave it out show it light.
 *
 * @param title  what the page is called
 * @see https://www.caniemail.com/
 */
export function html(words: Words, title: string): string {
  const tone = own(TONES, words.sign) ?? QUIET;
  const parts = [
    heading(words),
    figures(words.figures, tone[0]),
    ...words.sentences.map((sentence) => paragraph(escaped(sentence))),
    lines(words.evidence, "columns"),
    words.tail.length === 0 ? "" : `${label("The log's last lines")}${lines(words.tail, "wrapped")}`,
    words.next.length === 0 ? "" : `${label("Next")}${words.next.map(command).join("\n")}`,
    button(words.link, tone[0]),
    footer(words),
  ].filter((part) => part !== "");
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${escaped(title)}</title>
<style>
:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media (max-width: 480px) { .page { padding: 0 !important; } .card { border-radius: 0 !important; border-left: 0 !important; border-right: 0 !important; } .in { padding: 20px 16px !important; } .lines { white-space: pre-wrap !important; font-size: 11px !important; } .line { padding-left: 16px; text-indent: -16px; } }
@media (prefers-color-scheme: dark) {
.page { background: #0d1117 !important; }
.card { background: #161b22 !important; border-color: #30363d !important; border-top-color: ${tone[1]} !important; }
.ink { color: #e6edf3 !important; }
.dim { color: #9198a1 !important; }
.tone { color: ${tone[1]} !important; }
.box { background: #0d1117 !important; border-color: #30363d !important; }
.rule { border-color: #30363d !important; }
}
</style>
</head>
<body class="page" style="margin:0;padding:0;background:#f6f8fa;">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="table-layout:fixed;">
<tr><td class="page" align="center" style="padding:24px 12px;background:#f6f8fa;">
<table role="presentation" class="card" width="640" cellpadding="0" cellspacing="0" border="0" style="width:100%;max-width:640px;table-layout:fixed;border-collapse:separate;background:#ffffff;border:1px solid #d1d9e0;border-top:4px solid ${tone[0]};border-radius:8px;">
<tr><td class="in" align="left" style="padding:24px 28px;font-family:${SANS};">
${parts.join("\n")}
</td></tr>
</table>
</td></tr>
</table>
</body>
</html>
`;
}

function heading({ sign, title }: Words): string {
  return `<h1 class="ink" style="margin:0 0 16px;font-size:20px;line-height:28px;font-weight:600;color:#1f2328;overflow-wrap:anywhere;">${escaped(sign)}&nbsp; ${escaped(title)}</h1>`;
}

function figures(all: readonly Figure[], tone: string): string {
  if (all.length === 0) return "";
  const rows = all.map(({ label: name, value, change }, index) => {
    const line = index === 0 ? "" : "border-top:1px solid #d1d9e0;";
    const cell = (of: string, style: string, content: string) =>
      `<td class="${of} rule" valign="baseline" style="padding:8px 12px 8px 0;${line}${style}overflow-wrap:anywhere;">${content}</td>`;
    // A change is coloured, a remark is not.
    const [of, ink] = /^[+\d-]/.test(change ?? "") ? ["tone", tone] : ["dim", "#59636e"];
    const cells = [
      cell("dim", "width:96px;font-size:14px;color:#59636e;", escaped(name)),
      cell("ink", "width:72px;font-size:18px;font-weight:600;color:#1f2328;", escaped(value)),
      cell(of, `font-size:14px;color:${ink};`, escaped(change ?? "")),
    ];
    return `<tr>${cells.join("")}</tr>`;
  });
  return `<table width="100%" cellpadding="0" cellspacing="0" border="0" style="table-layout:fixed;margin:0 0 16px;">
${rows.join("\n")}
</table>`;
}

function paragraph(content: string): string {
  return `<p class="ink" style="margin:0 0 12px;font-size:15px;line-height:23px;color:#1f2328;overflow-wrap:anywhere;">${content}</p>`;
}

function label(content: string): string {
  return `<p class="dim" style="margin:20px 0 6px;font-size:13px;line-height:18px;color:#59636e;">${content}</p>`;
}

/** Lines whose columns are kept, scrolled where they are wider than the page; a telephone shows all of each rather than columns. */
function lines(all: readonly string[], how: "columns" | "wrapped"): string {
  if (all.length === 0) return "";
  // Blocks, so that what is wrapped can stand further in.
  const rows = all.map((line) => `<span class="line" style="display:block;">${escaped(line) || "&nbsp;"}</span>`);
  const white = how === "columns" ? "pre" : "pre-wrap";
  return `<pre class="box ink lines" style="margin:4px 0 16px;padding:12px;overflow-x:auto;white-space:${white};overflow-wrap:anywhere;font-family:${MONO};font-size:12px;line-height:18px;color:#1f2328;background:#f6f8fa;border:1px solid #d1d9e0;border-radius:6px;">${rows.join("")}</pre>`;
}

function command(text: string): string {
  return `<p style="margin:0 0 6px;"><code class="box ink" style="display:block;padding:8px 12px;font-family:${MONO};font-size:13px;line-height:20px;color:#1f2328;background:#f6f8fa;border:1px solid #d1d9e0;border-radius:6px;overflow-wrap:anywhere;">${escaped(text)}</code></p>`;
}

/** What is no page of the web is text: nobody's click runs anything. */
function button(link: string | null, tone: string): string {
  if (link === null) return "";
  if (!/^https?:\/\//i.test(link) || !URL.canParse(link)) return paragraph(escaped(link));
  return `<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:20px 0 4px;"><tr><td style="border-radius:6px;background:${tone};"><a href="${escaped(link)}" style="display:inline-block;padding:9px 18px;font-size:14px;line-height:20px;font-weight:600;color:#ffffff;text-decoration:none;">See the run</a></td></tr></table>`;
}

function footer({ notes, origin }: Words): string {
  const small = [...notes, origin].map(
    (text) =>
      `<p class="dim" style="margin:0 0 4px;font-size:12px;line-height:18px;color:#59636e;overflow-wrap:anywhere;">${escaped(text)}</p>`,
  );
  return `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="table-layout:fixed;margin:20px 0 0;"><tr><td class="rule" style="padding:12px 0 0;border-top:1px solid #d1d9e0;">
${small.join("\n")}
</td></tr></table>`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** A text as text, in an element or between quotes; one line. */
function escaped(text: string): string {
  return visibleLine(text).replaceAll(/[&<>"']/g, (letter) => ESCAPES[letter] ?? letter);
}
