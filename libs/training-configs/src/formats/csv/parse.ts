import { parse } from 'csv-parse/sync';
import type { ExportedFile } from '../../format.js';
import type { FileReading, Finding } from '../../reading/reading.js';

/** Reads a table with the columns domain and weight; every row as long as the header, every domain once. */
export function parseCsv({ content }: ExportedFile): FileReading {
  const findings: Finding[] = [];
  const say = (level: Finding['level'], where: string, message: string) => findings.push({ level, where, message });
  const unread = (where: string, message: string): FileReading => {
    say('error', where, message);
    return { findings, phases: [], settings: {} };
  };
  let rows: string[][];
  try {
    rows = parse(content, { bom: true, relax_column_count: false, skip_empty_lines: true }) as string[][];
  } catch (error) {
    return unread('the file', `is no table: ${(error as Error).message}`);
  }
  const [header = [], ...body] = rows;
  for (const name of ['domain', 'weight']) {
    const columns = header.filter((column) => column === name).length;
    if (columns > 1) return unread('the header', `has ${columns} columns "${name}"`);
    if (columns === 1) continue;
    const other = header.length === 1 && /[;\t]/.test(header[0]!) ? '; its columns must be separated by commas' : '';
    return unread('the header', `has no column "${name}"; it has ${header.join(', ') || 'nothing'}${other}`);
  }
  const domainColumn = header.indexOf('domain');
  const weightColumn = header.indexOf('weight');
  const seen = new Set<string>();
  const sources = body.map((row, i) => {
    const key = row[domainColumn]!;
    const written = row[weightColumn]!;
    const where = `row ${i + 2}`;
    if (key === '') say('error', where, 'has no domain');
    else if (seen.has(key)) say('error', where, `"${key}" stands twice`);
    seen.add(key);
    if (isChangedBySpreadsheets(key)) {
      say('note', where, `a spreadsheet takes "${key}" for a formula, a number or a date unless the column is text`);
    }
    const legal = /^\d+(?:\.\d+)?(?:[eE][-+]?\d+)?$/.test(written);
    if (!legal) say('error', where, `the weight "${written}" of "${key}" is no number from 0 on`);
    else if (/[eE]/.test(written)) {
      say('warning', where, `"${written}" has an exponent, which some readers take for text`);
    }
    return { key, amount: legal ? Number(written) : null };
  });
  if (sources.length === 0) return unread('the file', 'has no rows below the header');
  const sum = sources.reduce((total, { amount }) => total + (amount ?? 0), 0);
  if (Math.abs(sum - 1) > 1e-9) say('warning', 'weight', `the weights sum to ${sum}, not 1`);
  return { findings, phases: [{ name: null, start: 0, sources }], settings: {} };
}

function isChangedBySpreadsheets(cell: string): boolean {
  return /^[=+@-]/.test(cell) || /^[\d.,:/ -]*\d[\d.,:/ -]*(?:[eE][-+]?\d+)?$/.test(cell);
}
