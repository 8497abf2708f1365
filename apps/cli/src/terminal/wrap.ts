/** Columns of human output: those of the terminal, 100 where there is none. */
export function outputWidth(stream: { columns?: number } = process.stdout): number {
  return Math.max(60, stream.columns ?? 100);
}

/** Breaks text at blanks so that no line is wider than `width`, unless one word is; `indent` begins every line. */
export function wrapText(text: string, width = outputWidth(), indent = ''): string {
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    let line = indent;
    for (const word of paragraph.split(' ')) {
      if (line !== indent && line.length + 1 + word.length > width) {
        lines.push(line);
        line = indent + word;
      } else line += line === indent ? word : ` ${word}`;
    }
    lines.push(line);
  }
  return lines.join('\n');
}

/** A label with its text wrapped beside it, from column `column` on. */
export function labelled(label: string, text: string, column: number, width = outputWidth()): string {
  return label.padEnd(column) + wrapText(text, width, ' '.repeat(column)).slice(column);
}
