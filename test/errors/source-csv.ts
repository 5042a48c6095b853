import { eachRecord } from "../../src/lib/source/csv/records.ts";
import { RecordScanner } from "../../src/lib/source/csv/scanner.ts";
import { utf16Decoder } from "../../src/lib/source/csv/utf16.ts";
import type { Row } from "./row.ts";
import { file, type Given } from "./snapshot-of.ts";

const csv = (content: string | Uint8Array, settings: Given["source"]["csv"] = {}) =>
  file("c.csv", content, "csv:c.csv", { source: { url: "csv:c.csv", csv: settings } });
const latin = (text: string) => Buffer.from(text, "latin1");

export const sourceCsv: readonly Row[] = [
  // CSV
  {
    cause: "an empty CSV file",
    by: csv(""),
    code: 75,
    says: "source.url: c.csv is empty",
    next: "run it again once it is written",
  },
  {
    cause: "a CSV file of comments alone",
    by: csv("# a\n# b\n", { comment: "#" }),
    code: 75,
    says: "source.url: c.csv is empty",
    next: "run it again once it is written",
  },
  {
    cause: "a CSV file compressed by zstd",
    by: csv(Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0])),
    code: 2,
    says: "source.url: c.csv is compressed by zstd",
    next: "zstd -d unpacks it; CSV is read as it is, or by gzip",
  },
  {
    cause: "an Excel workbook that is called CSV",
    by: csv(Buffer.from("PK\u0003\u0004 and the rest of it\n")),
    code: 2,
    says: "source.url: c.csv: this is a ZIP archive or an Excel workbook, not CSV",
    next: "export it as CSV, or unpack it first",
  },
  {
    cause: "an unusual character between fields",
    by: csv("id~churned\n1~0\n2~1\n"),
    code: 2,
    says: 'source.url: c.csv: the first line is one field, "id~churned"',
    next: 'source: { csv: { delimiter: "~" } } in churn.yaml says what stands between fields',
  },
  {
    cause: "a header that is no record",
    by: csv('"id"x,churned\n1,0\n2,1\n'),
    code: 2,
    says: "source.url: c.csv, line 1, column 5: text behind a closing quote, and it is to be the header",
    next: "mend the file, or source: { csv: { skip: … } } in churn.yaml passes over lines before the header",
  },
  {
    cause: "two exports in one file",
    by: csv("id,plan,churned\n1,gold,0\n2,free,1\nid,churned,plan\n3,0,gold\n"),
    code: 2,
    says: "source.url: c.csv, line 4: another header, id, churned, plan",
    next: "two exports in one file: write them to two, source.url reads a folder of files as one table, by their columns' names",
  },
  {
    cause: "a line of more fields",
    by: csv("id,churned\n1,0\n2,1,9\n"),
    code: 2,
    says: "source.url: c.csv, line 3: 3 fields instead of 2",
    next: "mend the file, or source: { csv: { bad_lines: leave_out } } in churn.yaml leaves such lines out and counts them",
  },
  {
    cause: "two lines of fewer fields",
    by: csv("id,churned\n1,0\n2\n3\n"),
    code: 2,
    says: "source.url: c.csv, line 3: 1 field instead of 2; 2 lines are no rows",
    next: "mend the file, or source: { csv: { bad_lines: leave_out } } in churn.yaml leaves such lines out and counts them",
  },
  {
    cause: "a quote that never closes",
    by: csv('id,churned\n1,"0\n2,1\n3,1\n'),
    code: 2,
    says: "source.url: c.csv, line 2, column 3: a quote is opened that never closes",
    next: 'is a quote missing? source: { csv: { quote: "" } } in churn.yaml reads files in which nothing is quoted',
  },
  {
    cause: "a last line without an end",
    by: csv("id,churned\n1,0\n2,1"),
    code: 75,
    says: "source.url: c.csv: the last line has no end, so its last value may be cut",
    next: "is the file still being written? run it again once it is whole\nsource: { csv: { last_line_end: optional } } in churn.yaml, where the last line never has an end",
  },
  {
    cause: "a byte that is no UTF-8",
    by: csv(latin("id,churned\n1,\xfc\n2,0\n"), { encoding: "utf-8" }),
    code: 2,
    says: "source.url: c.csv, line 2, column 3: the byte 0xfc is no UTF-8",
    next: "source: { csv: { encoding: … } } in churn.yaml: utf-8, utf-16, latin-1 or windows-1252",
  },
  {
    cause: "a byte that is no windows-1252",
    by: csv(latin("id,churned\n1,\xfc\n2,\x81\n")),
    code: 2,
    says: "source.url: c.csv, line 3, column 3: the byte 0x81 is no windows-1252",
    next: "source: { csv: { encoding: … } } in churn.yaml: utf-8, utf-16, latin-1 or windows-1252",
  },
  {
    cause: "lines before the header",
    by: csv("Report\n\nid,churned\n1,0\n"),
    code: 2,
    says: "source.url: c.csv: the header with id is line 3",
    next: "source: { csv: { skip: 2 } } in churn.yaml passes over the lines before it",
  },
  {
    cause: "no header",
    by: csv("1,gold,3.5\n2,free,4\n"),
    code: 2,
    says: "source.url: c.csv: the first line is no header with id: 1, gold, 3.5",
    next: "source: { csv: { header: false } } in churn.yaml calls the columns column0, column1, …; source.query can rename them",
  },
  {
    cause: "dates that can be read in two ways",
    by: csv("id,signup,churned\n1,01/02/2026,0\n2,03/04/2026,1\n"),
    code: 2,
    says: "source.url: dates of signup can be read in two ways: is 01/02/2026 (c.csv, line 2) %d/%m/%Y or %m/%d/%Y?",
    next: 'source: { csv: { date_format: "%d/%m/%Y" } } in churn.yaml, or "%m/%d/%Y", says it',
  },
  {
    cause: "numbers that can be read in two ways",
    by: csv("id;n;churned\n1;1.234;0\n2;5.678;1\n"),
    code: 2,
    says: "source.url: numbers of n can be read in two ways: is the dot in 1.234 (c.csv, line 2) the decimal, or between thousands?",
    next: 'source: { csv: { decimal: "." } } in churn.yaml, or ",", says it',
  },
  {
    cause: "half a character of UTF-16",
    by: csv(Buffer.from("\ufeffid,churned\n1,x\ud800y\n", "utf16le")),
    code: 2,
    says: "source.url: c.csv, line 2, column 4: half a character of UTF-16",
    next: "source.csv.encoding in churn.yaml names another encoding",
  },
  {
    cause: "UTF-16 that ends in the midst of a character",
    by: () => {
      const decoder = utf16Decoder({ name: "c.csv", isBigEndian: false });
      decoder.next(Buffer.from([0x41, 0, 0x42]));
      decoder.end();
    },
    code: 75,
    says: "source.url: c.csv ends in the midst of a character",
    next: "is it still being written? run it again once it is whole",
  },
  {
    cause: "a record that is longer than memory",
    by: async () => {
      const scanner = new RecordScanner({ delimiter: ",", quote: '"', escape: '"', comment: "", lineEnd: "lf" });
      const piece = Buffer.alloc(1 << 27, 0x61);
      async function* pieces() {
        for (let at = 0; at < 5; at += 1) yield piece;
      }
      await eachRecord(pieces(), scanner, () => {});
    },
    code: 2,
    says: "a record is longer than 512 MB",
    next: "is a quote left open?",
  },
];
