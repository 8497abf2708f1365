import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { literalValue, type PythonExpression, readPythonSource } from './python-source.js';

interface PythonCase {
  readonly source: string;
  readonly value?: unknown;
  readonly refused?: true;
  readonly other?: true;
}

/** What Python's own parser makes of each: fixtures/make_python_values.py. */
const cases = JSON.parse(
  readFileSync(new URL('../../fixtures/python-values.json', import.meta.url), 'utf8'),
) as PythonCase[];

const assigned = (source: string, name = 'x') => readPythonSource(source).assigned(name)[0]!;

describe('literals', () => {
  it.each(cases.map((item) => [item.source, item] as const))('%j is what Python reads', (source, item) => {
    const reading = readPythonSource(`x = ${source}\n`);
    expect(reading.errors.length > 0).toBe(item.refused === true);
    if (item.refused) return;
    const value = literalValue(reading.assigned('x')[0]!);
    if (item.other) expect(value).toBeUndefined();
    else expect(value).toEqual(item.value);
  });

  it('keeps lists, tuples and dicts apart, and the order and repetition of keys', () => {
    const { kind } = assigned('x = (1, 2)');
    expect([kind, assigned('x = [1]').kind, assigned('x = {"a": 1}').kind]).toEqual(['tuple', 'list', 'dict']);
    const dict = assigned("x = {'b': 1, 'a': (2, y), 'b': 3}") as PythonExpression & { kind: 'dict' };
    expect(dict.entries.map(([key, value]) => [literalValue(key), value.text])).toEqual([
      ['b', '1'],
      ['a', '(2, y)'],
      ['b', '3'],
    ]);
  });

  it('keeps the text and the line of what is no literal', () => {
    const list = assigned('# weights\nx = [\n    0.5,\n    1 / 3,\n    *rest,\n]\n') as PythonExpression & {
      kind: 'list';
    };
    expect(list.items.map(({ kind, text, line }) => [kind, text, line])).toEqual([
      ['number', '0.5', 3],
      ['other', '1 / 3', 4],
      ['other', '*rest', 5],
    ]);
  });
});

describe('calls', () => {
  const source = readPythonSource(`
mix = data.DatasetMixConfig(
    datasets=(
        WeightedDataset(dataset=Pack(web), weight=.7,),
        data.WeightedDataset(dataset=code, weight=1., **extra),
    ),
)
loader = GrainDataLoader.Config(mix, *more, seed=42)
chosen = [f for f in loaders if f(WeightedDataset)]
`);

  it('are found by the last word of their name, wherever they stand', () => {
    const found = source.calls('WeightedDataset');
    expect(found.map(({ callee, line }) => [callee, line])).toEqual([
      ['WeightedDataset', 4],
      ['data.WeightedDataset', 5],
    ]);
    expect(found.map(({ keywords }) => literalValue(keywords.get('weight')!))).toEqual([0.7, 1]);
    expect(source.calls('Config').map(({ callee }) => callee)).toEqual(['GrainDataLoader.Config']);
    expect(source.calls('f')).toHaveLength(1);
    expect(source.calls('datasets')).toEqual([]);
  });

  it('have their arguments by place and by keyword, and say when more may be passed', () => {
    const [loader] = source.calls('Config');
    expect(loader!.positional.map(({ text }) => text)).toEqual(['mix']);
    expect([...loader!.keywords.keys()]).toEqual(['seed']);
    expect(loader!.isOpen).toBe(true);
    const [closed, open] = source.calls('WeightedDataset');
    expect([closed!.isOpen, open!.isOpen]).toEqual([false, true]);
    expect(closed!.keywords.get('dataset')).toBe(source.calls('Pack')[0]);
  });
});

describe('assignments', () => {
  it('are found by name or dotted path, in chains, with a type, without brackets', () => {
    const source = readPythonSource('a = b = 1\nc: list[int] = [2]\nself.paths.web = "x"\nd = 1, 2\nd = 3\ne: int\n');
    const values = (name: string) => source.assigned(name).map(literalValue);
    expect([values('a'), values('b'), values('c'), values('self.paths.web')]).toEqual([[1], [1], [[2]], ['x']]);
    expect(values('d')).toEqual([[1, 2], 3]);
    expect([values('e'), values('int')]).toEqual([[], []]);
  });

  it('resolve a name through others to what it stands for', () => {
    const source = readPythonSource('web = Single("w")\nalias = web\nx = [alias, 3]\n');
    const [alias, three] = (source.assigned('x')[0] as PythonExpression & { kind: 'list' }).items;
    expect(source.resolve(alias!)).toBe(source.calls('Single')[0]);
    expect(source.resolve(three!)).toBe(three);
  });

  it.each([
    ['is assigned twice', 'w = [1]\nw = [2]'],
    ['stands for itself', 'w = w'],
    ['is added to', 'w = [1]\nw += [2]'],
    ['grows by append', 'w = [1]\nw.append(2)'],
    ['has an element replaced', 'w = [1]\nw[0] = 2'],
    ['is also unpacked', 'w = [1]\na, w = f()'],
    ['is also unpacked from brackets', 'w = [1]\n[a, (b, w)] = f()'],
    ['is also a loop variable', 'w = [1]\nfor a, w in f():\n    pass'],
    ['is also imported', 'w = [1]\nfrom a import w'],
    ['is also imported under its name', 'w = [1]\nimport a.b as w'],
    ['is also a package', 'w = [1]\nimport w.b'],
    ['is also a parameter', 'w = [1]\ndef f(w=2):\n    pass'],
    ['is also a function', 'w = [1]\ndef w():\n    pass'],
    ['is also bound in an expression', 'w = [1]\nprint(w := 2)'],
    ['is also a handle', 'w = [1]\nwith open(a) as w:\n    pass'],
    ['is deleted', 'w = [1]\ndel w'],
    ['comes from elsewhere', 'from a import w'],
  ])('leave a name alone that %s', (_, source) => {
    const reading = readPythonSource(`${source}\nx = w\n`);
    const [expression] = reading.assigned('x');
    expect(reading.resolve(expression!)).toMatchObject({ kind: 'name', name: 'w' });
  });

  it('are no other than one where the name is only used', () => {
    const imports = 'import a.w\nimport w as b\nfrom c.w import w as d\nfrom w import e\nfrom .w import g\n';
    const reading = readPythonSource(
      `${imports}w = [1]\nx = w\nprint(w[0], w.copy(), {w: 1}, w == 2, f(y=w))\nv = w, w\n`,
    );
    expect(reading.resolve(reading.assigned('x')[0]!)).toMatchObject({ kind: 'list' });
  });
});

describe('errors', () => {
  it.each([
    ['a bracket that is not closed', 'x = [1,\n', 'line'],
    ['a bracket too many', 'x = 1\ny = 2)\n', 'line 2'],
    ['a word too many', 'x = 1\ny = 2 3\n', 'line 2'],
    ['print of Python 2', 'x = 1\nprint x\n', 'line 2'],
    ['an argument after a keyword', '\nf(a=1, 2)\n', 'line 2'],
    ['a keyword twice', 'f(a=1, a=2)\n', 'line 1'],
    ['an assignment to a number', 'a = 1\n(b, 2) = c\n', 'line 2'],
    ['an assignment to a call', 'f() = c\n', 'line 1'],
    ['lines indented without a reason', 'x = 1\n  y = 2\n', 'line 2'],
    ['a block with two indentations', 'if x:\n    a = 1\n      b = 2\n', 'line 3'],
    ['a block of tabs and blanks', 'if x:\n    a = 1\n\tb = 2\n', 'line 3'],
    ['text that is not closed', 'x = 1\r\ny = "a\r\nz = 3', 'line 2'],
    ['an encoding that a comment declares by chance', '# x\n# decoding:v2\ny = 1\n', 'line 1'],
    ['a null byte', 'x = 1\ny = "\0"\n', 'line 2'],
    ['201 brackets in each other', `x = ${'['.repeat(201)}${']'.repeat(201)}`, 'line 1'],
  ])('name the line of %s', (_, source, line) => {
    const { errors } = readPythonSource(source);
    expect(errors).toHaveLength(1);
    expect(errors[0]!.where).toMatch(new RegExp(`^${line}`));
    expect(errors[0]!.message).toMatch(/\w/);
  });

  it.each([
    ['nothing at all', ''],
    ['a byte order mark and a form feed', '\ufeff"""Title."""\n\f\nx = 1\n'],
    ['an encoding that is UTF-8', '#!/usr/bin/python\n# -*- coding: utf-8 -*-\nx = 1\n'],
    ['a declaration below the second line', 'x = 1\n# coding: v2\n\n# coding: v3\n'],
    ['CRLF', 'if x:\r\n    y = 1\r\n    z = 2\r\n'],
    ['numbers that end in a point', 'x = [1., 2.e-3, 24.*3600., f(20.)]\n'],
    ['yield without a value', 'def f():\n    yield\n    x = (yield)\n'],
    ['match and case', 'match x:\n    case ast.Name():\n        pass\n    case [1, *_] | {"a": 2}:\n        pass\n'],
    ['a walrus, a lambda, a decorator', '@a.b(1)\ndef f(x, /, *, y: int = 1) -> None:\n    return lambda: (z := x)\n'],
    ['lines that go on', 'x = 1 + \\\n        2\nif a and \\\n   b: c = 1; d = 2\n'],
    ['async', 'async def f():\n    async with a as b:\n        return [await c async for c in b]\n'],
    ['200 brackets in each other', `x = ${'['.repeat(200)}${']'.repeat(200)}`],
  ])('are none for %s', (_, source) => {
    expect(readPythonSource(source).errors).toEqual([]);
  });

  it('take a file of brackets, signs or points in no time', () => {
    for (const part of ['(', '-', '1.', 'f()', '[', '{1:']) {
      expect(() => readPythonSource(`x = ${part.repeat(5000)}`)).not.toThrow();
    }
  });
});
