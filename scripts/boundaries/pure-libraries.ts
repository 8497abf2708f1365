import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import pureLibraries from './pure-libraries.json' with { type: 'json' };

/** Clock, chance, machine and output: what makes a function's result depend on more than its arguments. */
const forbidden = new Set([
  'Buffer',
  'Date',
  '__dirname',
  '__filename',
  'console',
  'crypto',
  'fetch',
  'globalThis',
  'performance',
  'process',
  'queueMicrotask',
  'require',
  'setImmediate',
  'setInterval',
  'setTimeout',
]);

export interface ImpureUse {
  /** Path below the root, with /. */
  readonly file: string;
  readonly line: number;
  readonly name: string;
}

/** Uses of forbidden globals, and of Math.random, in the shipped files of the pure libraries below `root`. */
export function findImpureUses(root: string): ImpureUse[] {
  return pureFiles(root).flatMap((file) => {
    const source = ts.createSourceFile(file, readFileSync(join(root, file), 'utf8'), ts.ScriptTarget.ES2023, true);
    const uses: ImpureUse[] = [];
    const visit = (node: ts.Node) => {
      const name = impureName(node);
      if (name) uses.push({ file, line: source.getLineAndCharacterOfPosition(node.getStart()).line + 1, name });
      ts.forEachChild(node, visit);
    };
    visit(source);
    return uses;
  });
}

/** The shipped files of the pure libraries below `root`: specs run in Node and may use it. */
export function pureFiles(root: string): string[] {
  const present = readdirSync(join(root, 'libs'));
  return pureLibraries
    .filter((name) => present.includes(name))
    .flatMap((name) =>
      readdirSync(join(root, 'libs', name, 'src'), { recursive: true, encoding: 'utf8' })
        .map((path) => `libs/${name}/src/${path.replaceAll('\\', '/')}`)
        .filter((path) => path.endsWith('.ts') && !path.endsWith('.spec.ts')),
    )
    .sort();
}

function impureName(node: ts.Node): string | null {
  if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) {
    const member = ts.isPropertyAccessExpression(node)
      ? node.name.text
      : node.argumentExpression.getText().slice(1, -1);
    if (node.expression.getText() === 'Math' && member === 'random') return 'Math.random';
  }
  if (!ts.isIdentifier(node) || !forbidden.has(node.text)) return null;
  const { parent } = node;
  // The name of a member, of a property or of an import is not the global of that name.
  if (ts.isPropertyAccessExpression(parent) && parent.name === node) return null;
  if ('name' in parent && parent.name === node && !ts.isShorthandPropertyAssignment(parent)) return null;
  return node.text;
}
