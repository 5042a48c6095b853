/**
 * The columns' names by the header's fields: without spaces around them, one that is there already with a number behind it, an
 * empty one called as pandas calls it. DuckDB takes names that differ in case alone for the same.
 *
 * @returns with the names that were there twice
 */
export function columnNames(fields: readonly string[]): { names: string[]; twice: string[] } {
  const taken = new Set<string>();
  const twice: string[] = [];
  const names = fields.map((field, index) => {
    const plain = field.trim() === "" ? `Unnamed: ${index}` : field.trim();
    let name = plain;
    for (let number = 1; taken.has(name.toLowerCase()); number += 1) name = `${plain}_${number}`;
    if (name !== plain) twice.push(plain);
    taken.add(name.toLowerCase());
    return name;
  });
  return { names, twice };
}

/** Names where no line gives any, as DuckDB has them. */
export function numberedNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `column${index}`);
}
