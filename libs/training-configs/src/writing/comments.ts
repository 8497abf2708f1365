/**
 * The lines of a header as comments, each with the mark before it; ends with a line break. Python takes `coding: …` in a
 * comment of the first two lines for the encoding of the file, so such a line goes further down.
 */
export function commented(lines: readonly string[], mark: '#' | '//' = '#'): string {
  const [first = '', second = ''] = lines;
  const shown = /coding[:=]/.test(second) ? [first, '', ...lines.slice(1)] : lines;
  return shown
    .map((line) => `${mark} ${line}`.trimEnd())
    .join('\n')
    .concat('\n');
}
