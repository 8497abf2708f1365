/** Rows {name, ours, peer, theirs, ratio, unit} as one table; a ratio above 1 means that ours is faster. */
export function formatTable(rows) {
  const heading = ['measurement', 'ours', 'theirs', 'unit', 'theirs/ours', 'peer'];
  const cells = rows.map(({ name, ours, theirs, unit, ratio, peer }) => [
    name,
    digits(ours),
    digits(theirs),
    unit,
    ratio.toFixed(2),
    peer,
  ]);
  const widths = heading.map((_, column) => Math.max(...[heading, ...cells].map((row) => row[column].length)));
  const numeric = [1, 2, 4];
  return [heading, ...cells]
    .map((row) =>
      row
        .map((cell, column) => (numeric.includes(column) ? cell.padStart(widths[column]) : cell.padEnd(widths[column])))
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}

function digits(value) {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
