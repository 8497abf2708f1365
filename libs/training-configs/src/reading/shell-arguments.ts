// The options of a command as a shell passes them and argparse groups them: `--name a b c`. For scripts that users keep,
// with comments, line continuations and quotes, and for lists of arguments that stand in a file by themselves.

/** A comment, the end of a command, or a word of bare and quoted parts. */
const TOKEN = /(?<!\S)#[^\n]*|\n|&&|\|\||[;|&]|(?:'[^']*'|"(?:\\[\s\S]|[^"\\])*"|\\[\s\S]|[^\s'"\\;|&])+/g;
const PART = /'([^']*)'|"((?:\\[\s\S]|[^"\\])*)"|\\([\s\S])|([^'"\\]+)/g;

/**
 * The words after each `--name`, up to the next option or the end of its command; those of the last where an option
 * stands several times. What the shell would fill in (`$NAME`) stays as it is. A text that begins with an option is a
 * list of arguments for `$(cat file)`: of that a shell makes words and nothing else.
 */
export function readShellArguments(content: string): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>();
  let open: string[] | null = null;
  for (const token of content.trimStart().startsWith('--') ? listWords(content) : commandTokens(content)) {
    if (token === null) {
      open = null;
      continue;
    }
    const option = /^--([A-Za-z][\w-]*)(?:=([\s\S]*))?$/.exec(token);
    if (option) {
      open = option[2] === undefined ? [] : [option[2]];
      values.set(option[1]!.replaceAll('-', '_'), open);
    } else {
      open?.push(token);
    }
  }
  return values;
}

function listWords(content: string): string[] {
  return content.split(/[ \t\n]+/).filter((word) => word !== '');
}

/** The words of a script as they are passed, and null where a command ends. */
function commandTokens(content: string): (string | null)[] {
  return [...content.replace(/\\\r?\n/g, ' ').matchAll(TOKEN)]
    .map(([token]) => token)
    .filter((token) => !token.startsWith('#'))
    .map((token) => (/^(?:\n|&&|\|\||[;|&])$/.test(token) ? null : withoutQuotes(token)));
}

function withoutQuotes(word: string): string {
  return word.replace(PART, (_, single?: string, double?: string, escaped?: string, bare?: string) => {
    return single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? escaped ?? bare ?? '';
  });
}
