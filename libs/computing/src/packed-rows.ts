/** Rows of one length in one block of memory that threads share: however many there are, nothing is copied on the way. */
export interface PackedRows {
  readonly cells: Float64Array;
  readonly rows: number;
}

/** Rows as a thread takes them; packed where there are many, since copying nested arrays blocks the sender. */
export type Rows = PackedRows | readonly ArrayLike<number>[];

/** @param rows n rows of m numbers, all equally long */
export function packRows(rows: readonly ArrayLike<number>[]): PackedRows {
  const columns = rows[0]?.length ?? 0;
  const cells = new Float64Array(new SharedArrayBuffer(rows.length * columns * Float64Array.BYTES_PER_ELEMENT));
  rows.forEach((row, r) => {
    cells.set(row, r * columns);
  });
  return { cells, rows: rows.length };
}

/** Views into the block; given plain rows, those. */
export function viewRows(rows: Rows): readonly ArrayLike<number>[] {
  if (!('cells' in rows)) return rows;
  const columns = rows.rows === 0 ? 0 : rows.cells.length / rows.rows;
  return Array.from({ length: rows.rows }, (_, r) => rows.cells.subarray(r * columns, (r + 1) * columns));
}

/** Bytes of their numbers. */
export function sizeOf(rows: Rows): number {
  const count = 'cells' in rows ? rows.cells.length : rows.length * (rows[0]?.length ?? 0);
  return count * Float64Array.BYTES_PER_ELEMENT;
}

/** Arrays of their own, for whoever writes them as JSON. */
export function unpackRows(rows: Rows): number[][] {
  return viewRows(rows).map((row) => Array.from(row));
}
