export interface Fence {
  /** What stands behind the opening marks, such as "yaml file=configuration/x.yaml". */
  readonly info: string;
  readonly lines: readonly string[];
  /** Index of the first line between the marks. */
  readonly start: number;
}

/** The fenced blocks of a Markdown page, in order. A block ends at as many backticks as began it. */
export function fencesOf(text: string): Fence[] {
  const lines = text.split('\n');
  const fences: Fence[] = [];
  for (let i = 0; i < lines.length; i++) {
    const opening = /^(`{3,})\s*([^`]*)$/.exec(lines[i]!);
    if (!opening) continue;
    const end = lines.indexOf(opening[1]!, i + 1);
    if (end < 0) throw new Error(`the block of line ${i + 1} never ends`);
    fences.push({ info: opening[2]!.trim(), lines: lines.slice(i + 1, end), start: i + 1 });
    i = end;
  }
  return fences;
}

/** The page with new text between the marks of each block. */
export function replaceBodies(text: string, fences: readonly Fence[], bodies: readonly string[]): string {
  const lines = text.split('\n');
  for (let i = fences.length - 1; i >= 0; i--) {
    const { start, lines: old } = fences[i]!;
    lines.splice(start, old.length, ...bodies[i]!.split('\n'));
  }
  return lines.join('\n');
}

/** Splits a command line as a shell does, as far as our pages go: quotes of both kinds and backslashes. */
export function shellWords(text: string): string[] {
  const words = text.matchAll(/(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\])+/g);
  return [...words].map(([word]) =>
    word.replace(
      /'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)/g,
      (_, single, double, escaped) => (single ?? double?.replace(/\\(.)/g, '$1') ?? escaped) as string,
    ),
  );
}
