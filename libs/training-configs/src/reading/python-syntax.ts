// What Python refuses of a source text, the grammar's own errors and some more: the grammar also takes Python 2, and
// mends what it cannot read.
import type { SyntaxNode, Tree } from '@lezer/common';
import { parser } from '@lezer/python';

interface SyntaxFault {
  /** Place in the text. */
  readonly at: number;
  readonly message: string;
  /** True where nothing after it, or in it, can be read. */
  readonly endsReading?: boolean;
}

/** Python's own limit on brackets in brackets. */
const DEEPEST = 200;

/**
 * The tree of a text, every place in it as in the text. The grammar does not know `1.` as a number nor a form feed as
 * white space, so it is given a text of the same length in which they are `10` and a blank.
 */
export function parsePython(source: string): Tree {
  let given = source.replaceAll('\f', ' ');
  for (;;) {
    const tree = parser.parse(given);
    const points: number[] = [];
    tree.iterate({
      enter({ name, from, node }) {
        if (name === '.' && node.prevSibling?.name === 'Number') points.push(from);
      },
    });
    if (points.length === 0) return tree;
    const pieces = points.map((at, i) => given.slice(i === 0 ? 0 : points[i - 1]! + 1, at));
    given = [...pieces, given.slice(points.at(-1)! + 1)].join('0');
  }
}

export function syntaxErrors(source: string, tree: Tree): SyntaxFault[] {
  const faults: SyntaxFault[] = [];
  const nul = source.indexOf('\0');
  if (nul >= 0) faults.push({ at: nul, message: 'source code cannot contain null bytes' });
  const encoding = unreadableEncoding(source);
  if (encoding !== null)
    faults.push({ at: 0, message: `${encoding} is no encoding that is read here: save it in UTF-8` });
  let depth = 0;
  tree.iterate({
    enter({ name, type, from, to, node }) {
      if (type.isError && !isGap(node)) {
        faults.push({ at: from, message: describe(source, from, to) });
      } else if (name === 'PrintStatement') {
        faults.push({ at: from, message: 'print is a function: its argument belongs in brackets' });
      } else if (name === 'Script' || name === 'Body') {
        const at = firstOutOfLine(node, source);
        if (at !== null) faults.push({ at, message: 'the indentation is not that of the lines it belongs to' });
      } else if (name === 'AssignStatement') {
        const target = illegalTarget(node);
        if (target) faults.push({ at: target.from, message: 'nothing can be assigned to what stands here' });
      }
      if (/^[([{]$/.test(name) && ++depth > DEEPEST) {
        faults.push({ at: from, message: `more than ${DEEPEST} brackets in each other`, endsReading: true });
      }
      if (/^[)\]}]$/.test(name)) depth--;
    },
  });
  return faults;
}

/** What a comment of the first two lines declares with `coding: …`, if that is not UTF-8 or ASCII (PEP 263). */
function unreadableEncoding(source: string): string | null {
  const lines = source.split('\n', 2);
  const isBare = (line: string) => /^[ \t\f]*(?:#.*)?$/.test(line);
  const comments = isBare(lines[0]!) ? lines : lines.slice(0, 1);
  const declared = comments
    .map((line) => /^[ \t\f]*#.*?coding[:=][ \t]*([-_.a-zA-Z0-9]+)/.exec(line)?.[1])
    .find(Boolean);
  return declared === undefined || /^(?:utf[-_]?8|(?:us[-_]?)?ascii)(?:$|[-_])/i.test(declared) ? null : declared;
}

function describe(source: string, from: number, to: number): string {
  const stray = source
    .slice(from, Math.max(to, from + 1))
    .split('\n')[0]!
    .trim();
  if (stray !== '') return `Python cannot read on at ${JSON.stringify(stray.slice(0, 40))}`;
  return from >= source.trimEnd().length ? 'the file ends too early' : 'the line ends too early';
}

/** The grammar wants a value after every yield, and something in the brackets of `case Shape():`; Python does not. */
function isGap({ parent, from, to }: SyntaxNode): boolean {
  return from === to && /^(?:YieldExpression|YieldStatement|LiteralPattern)$/.test(parent?.name ?? '');
}

/** Where a statement of a block begins a line with other white space than the block's first; null if none does. */
function firstOutOfLine(block: SyntaxNode, source: string): number | null {
  let indent = block.name === 'Script' ? '' : undefined;
  for (let node = block.firstChild; node; node = node.nextSibling) {
    if (!/(?:Statement|Definition)$/.test(node.name)) continue;
    const lineStart = source.lastIndexOf('\n', node.from - 1) + 1;
    const before = source.slice(lineStart, node.from).replace(/^.*\f/, '');
    if (/\S/.test(before) || source.endsWith('\\\n', lineStart)) continue;
    indent ??= before;
    if (before !== indent) return node.from;
  }
  return null;
}

/** What stands left of `=` and is no name, attribute, element, or list of those. */
function illegalTarget(assignment: SyntaxNode): SyntaxNode | null {
  const targets: SyntaxNode[] = [];
  let pending: SyntaxNode[] = [];
  for (let node = assignment.firstChild; node; node = node.nextSibling) {
    if (node.name === 'AssignOp') targets.push(...pending.splice(0));
    else pending.push(node);
  }
  pending = targets;
  for (let node = pending.pop(); node; node = pending.pop()) {
    if (/Expression$/.test(node.name)) {
      if (!/^(?:Tuple|Array|Parenthesized|Member)Expression$/.test(node.name)) return node;
      if (node.name === 'MemberExpression') continue;
      for (let child = node.firstChild; child; child = child.nextSibling) pending.push(child);
    } else if (/^(?:Number|String|ContinuedString|FormatString|Boolean|None|Ellipsis)$/.test(node.name)) return node;
  }
  return null;
}

const CHANGES = /^(?:append|extend|insert|pop|remove|clear|sort|reverse|update|setdefault|popitem)$/;

/** True where a name gets or changes its value other than by `name = …`: by a loop, an import, unpacking, `+=`, append. */
export function bindsOtherwise(name: SyntaxNode, source: string): boolean {
  const { parent, prevSibling, nextSibling } = name;
  if (!parent) return false;
  if (parent.name === 'UpdateStatement') return prevSibling === null;
  if (nextSibling?.name === 'AssignOp' && source.startsWith(':=', nextSibling.from)) return true;
  if (parent.name === 'ParamList') return prevSibling?.name !== 'AssignOp';
  if (/^(?:DeleteStatement|FunctionDefinition|ClassDefinition)$/.test(parent.name)) return true;
  if (parent.name === 'ImportStatement') return isImported(name);
  if (prevSibling?.name === 'as') return true;
  if (parent.name === 'MemberExpression' && prevSibling === null) return isChange(parent, source);
  return isLoopTarget(name) || isUnpacked(name);
}

/** In `from a.b import c as d, e` d and e, in `import a.b, c as d` a and d. */
function isImported({ prevSibling, nextSibling, parent }: SyntaxNode): boolean {
  if (nextSibling?.name === 'as' || prevSibling?.name === '.') return false;
  return parent!.firstChild!.name === 'import' || prevSibling?.name !== 'from';
}

/** `name.append(…)`, `name[0] = …`. */
function isChange(member: SyntaxNode, source: string): boolean {
  const last = member.lastChild!;
  const { parent, nextSibling } = member;
  if (last.name === 'PropertyName') {
    return parent?.name === 'CallExpression' && CHANGES.test(source.slice(last.from, last.to));
  }
  return parent?.name === 'UpdateStatement' || (parent?.name === 'AssignStatement' && nextSibling !== null);
}

function isLoopTarget(name: SyntaxNode): boolean {
  for (let before = name.prevSibling; before; before = before.prevSibling) {
    if (before.name === 'in') return false;
    if (before.name === 'for') return true;
  }
  return false;
}

function isUnpacked(name: SyntaxNode): boolean {
  let target = name;
  while (target.parent && /^(?:TupleExpression|ArrayExpression)$/.test(target.parent.name)) target = target.parent;
  if (target.parent?.name !== 'AssignStatement') return false;
  const isWhole = target === name && target.prevSibling?.name !== ',' && target.nextSibling?.name !== ',';
  if (isWhole) return false;
  for (let after = target.nextSibling; after; after = after.nextSibling) if (after.name === 'AssignOp') return true;
  return false;
}

/** Line of a place in the text, from 1. */
export function lineFinder(source: string): (at: number) => number {
  const starts = [0];
  for (const { index } of source.matchAll(/\n/g)) starts.push(index);
  return (at) => {
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! < at) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  };
}
