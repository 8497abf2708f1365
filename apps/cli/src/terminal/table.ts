import { shortNames } from './short-names.js';
import { outputWidth } from './wrap.js';

export interface Column {
  title: string;
  align?: 'left' | 'right';
  /** Whether its cells may be shortened where the table is wider than the output. */
  names?: boolean;
}

/**
 * A plain table: columns two spaces apart, a rule under the titles, nothing wider than its content. A table wider than
 * `width` has the cells of its columns of names shortened.
 */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width = outputWidth(),
): string {
  const widthOf = (column: Column, index: number, of: readonly (readonly string[])[]) =>
    Math.max(column.title.length, ...of.map((row) => (row[index] ?? '').length));
  let shown = rows;
  columns.forEach((column, index) => {
    const total = columns.reduce((sum, c, i) => sum + widthOf(c, i, shown) + (i > 0 ? 2 : 0), 0);
    if (!column.names || total <= width) return;
    const room = Math.max(10, widthOf(column, index, shown) - (total - width));
    const short = shortNames(
      shown.map((row) => row[index] ?? ''),
      room,
    );
    shown = shown.map((row, r) => row.map((cell, i) => (i === index ? short[r]! : cell)));
  });
  const widths = columns.map((column, index) => widthOf(column, index, shown));
  const line = (cells: readonly string[]) =>
    columns
      .map((column, index) => {
        const cell = cells[index] ?? '';
        return column.align === 'right' ? cell.padStart(widths[index]!) : cell.padEnd(widths[index]!);
      })
      .join('  ')
      .trimEnd();
  return [line(columns.map((column) => column.title)), line(widths.map((w) => '─'.repeat(w))), ...shown.map(line)].join(
    '\n',
  );
}

/** A column of numbers. */
export function right(title: string): Column {
  return { title, align: 'right' };
}
