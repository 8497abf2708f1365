/** A Python string literal: the escapes of JSON are all escapes of Python, and other characters stand for themselves. */
export function pythonString(text: string): string {
  return JSON.stringify(text);
}

/** Words that cannot be names: `keyword.kwlist` of Python 3.12, and the soft ones. */
const KEYWORDS: ReadonlySet<string> = new Set(
  (
    'False None True and as assert async await break class continue def del elif else except finally for from global ' +
    'if import in is lambda nonlocal not or pass raise return try while with yield _ case match type'
  ).split(' '),
);

/**
 * A variable for each name: ASCII letters, digits and underscores of it, no keyword, none of `taken`, all distinct.
 * What is no letter or digit becomes an underscore, and a number tells apart what would be the same.
 */
export function pythonVariables(names: readonly string[], taken: readonly string[] = []): string[] {
  const used = new Set(taken);
  return names.map((name) => {
    const plain = name.replace(/[^A-Za-z0-9_]+/g, '_').replace(/^_+|_+$/g, '');
    const legal = plain === '' || /^\d/.test(plain) || KEYWORDS.has(plain) ? `data_${plain}`.replace(/_$/, '') : plain;
    let variable = legal;
    for (let number = 2; used.has(variable); number++) variable = `${legal}_${number}`;
    used.add(variable);
    return variable;
  });
}
