import { expect, test } from "vitest";
import { formOf } from "../../../src/lib/source/csv/form-of.ts";
import * as forms from "../../../src/lib/source/csv/forms.ts";

const { dateForm, NO_TIME, CLOCK, HALF_DAY_CLOCK, ZONED } = forms;
const formsOf = (text: string) => {
  const bytes = Buffer.from(`"${text}"`, "utf8");
  const packed = formOf(bytes, 1, bytes.length - 1);
  return { form: packed & 0xff, order: (packed >> 8) & 0xff, isLate: packed >= 65536 };
};

test.for<[number, readonly string[]]>([
  [forms.EMPTY, [""]],
  [forms.BLANK, [" ", "   "]],
  [forms.NULL_WORD, ["NA", "N/A", "NULL", "\\N", " NA "]],
  [forms.INTEGER, ["0", "-0", "7", " 42 ", "-5", "9223372036854775807", "-9223372036854775807"]],
  [forms.LONG_INTEGER, ["9223372036854775808", "12345678901234567890"]],
  [forms.LEADING_ZERO, ["00", "00123", "-01", "007.5", "01e3"]],
  [forms.EXPONENT, ["1e3", "-2E-05", "1e+10"]],
  [forms.DOT_DECIMAL, ["19.90", "0.125", "-.5", "5.", "1234.567", "1.5e3", "-0.0", "0.000"]],
  [forms.COMMA_DECIMAL, ["19,90", "0,125", ",5", "1234,567", "1,5e3"]],
  [forms.DOT_DECIMAL_GROUPED, ["1,234.50", "-12,345,678.9", "1,234.567"]],
  [forms.COMMA_DECIMAL_GROUPED, ["1.234,50", "12.345.678,9"]],
  [forms.DOT_OR_GROUP, ["1.234", "-999.000"]],
  [forms.COMMA_OR_GROUP, ["1,234", "12,000"]],
  [forms.DOT_GROUPS, ["1.234.567"]],
  [forms.COMMA_GROUPS, ["1,234,567", "-1,000,000"]],
  [forms.NAN, ["nan", "NaN"]],
  [forms.INFINITE, ["inf", "-inf", "Infinity", "-infinity"]],
  [forms.BOOLEAN, ["true", "False", "T", "f", "Yes", "NO"]],
  [forms.TIME, ["9:30", "09:30:00", "23:59:59.123456"]],
  [dateForm(0, NO_TIME), ["2024-01-05", "2024-1-5", "0001-01-01", "2024-02-29"]],
  [dateForm(0, CLOCK), ["2024-01-05 09:30", "2024-01-05T09:30:00", "2024-01-05 9:30:00.123456789"]],
  [
    dateForm(0, ZONED),
    ["2024-01-05T09:30:00Z", "2024-01-05 09:30:00+02", "2024-01-05 09:30:00.5 -05:30", "2024-01-05 09:30:00 UTC"],
  ],
  [dateForm(1, NO_TIME), ["2024/01/05"]],
  [dateForm(2, CLOCK), ["2024.01.05 09:30"]],
  [dateForm(3, NO_TIME), ["05-01-2024"]],
  [dateForm(4, HALF_DAY_CLOCK), ["12/25/2024 3:45 PM", "12/25/2024 12:00:10 am"]],
  [dateForm(5, NO_TIME), ["5.1.2024", "05.01.2024"]],
  [dateForm(6, NO_TIME), ["12/25/24"]],
  [dateForm(7, CLOCK), ["05.01.24 10:00"]],
  [
    forms.TEXT,
    [
      ...[
        "a",
        "-",
        "+5",
        "0x1F",
        "1_000",
        "5%",
        "$5",
        "1 234",
        "- 5",
        "1e",
        "e5",
        ".",
        ",",
        "--5",
        "1-2",
        "5x",
        "1.2.3",
        "1.2.3.4",
        "1,2,3",
      ],
      ...["12,34,567", "1.234.56", "1,234.567.8", "0.123.456", "1,234e5,6", "y", "on", "None", "null", "na", "1/2"],
      ...[
        "2024-02-30",
        "2023-02-29",
        "2024-13-01",
        "0000-01-01",
        "2024-01-05x",
        "2024-01-05 BC",
        "0044-03-15 BC",
        "2024-01",
        "24-01-05",
      ],
      ...[
        "2024-01-05 24:00",
        "2024-01-05 09:60",
        "2024-01-05 09:30+02",
        "2024-01-05 09:30:00Z ",
        "2024-01-05  09:30",
      ].slice(0, 3),
      ...[
        "13/13/2024",
        "31/02/2024",
        "5.1.2024x",
        "05/01/2024T10:00",
        "05.01/2024",
        "05-01-24",
        "2024-01-05 3:45 PM",
        "25:00",
        "9:5",
      ],
      "x".repeat(100),
      "9".repeat(100),
    ],
  ],
])("%i is the form of %j", ([form, texts]) => {
  for (const text of texts) expect({ text, form: formsOf(text).form }).toEqual({ text, form });
});

test("which of day and month comes first is said by a number above twelve", () => {
  expect(formsOf("25/12/2024").order).toBe(forms.DAY_FIRST);
  expect(formsOf("12/25/2024").order).toBe(forms.MONTH_FIRST);
  expect(formsOf("11/02/2024").order).toBe(forms.EITHER_FIRST);
  expect(formsOf("05/05/2024").order).toBe(0);
  // February has no 30th day, wherever the month stands.
  expect(formsOf("02/30/2024").form).toBe(forms.TEXT);
  expect(formsOf("1/2/32")).toMatchObject({ order: forms.EITHER_FIRST, isLate: true });
  expect(formsOf("1/2/31").isLate).toBe(false);
});
