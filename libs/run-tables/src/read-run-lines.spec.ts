import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '#libs/simplex';
import { readRunLines, readRunRecords } from './read-run-lines.js';

const read = (text: string) => readRunLines({ label: 'runs.jsonl', text });
const line = (id: unknown, weights: unknown, losses: unknown, more = {}) =>
  JSON.stringify({ ...(id === undefined ? {} : { id }), weights, losses, ...more });

describe('readRunLines', () => {
  it('reads one run per line, with domains left out as zero', () => {
    const table = read(
      `${line(1, { web: 0.5, code: 0.5 }, { qa: 2 })}\r\n\n${line('b', { web: 1 }, { qa: 3, chat: 'NaN' })}\n`,
    );
    expect(table).toMatchObject({
      domains: ['web', 'code'],
      mixtures: [
        [0.5, 0.5],
        [1, 0],
      ],
      ids: ['1', 'b'],
      joinedOn: 'id',
      notes: [
        'runs.jsonl: 1 of 2 runs name fewer than the 2 domains; those not named count as 0',
        'runs.jsonl: 2 runs left out for "chat": line 1 (id 1) has null, line 3 (id b) has NaN',
      ],
    });
    expect([...table.losses.qa!]).toEqual([2, 3]);
    expect([...table.losses.chat!]).toEqual([Number.NaN, Number.NaN]);
  });

  it('takes ratios and metrics for weights and losses, and says what it does not use', () => {
    const table = read('{"run":"r1","ratios":{"a":40,"b":60},"metrics":{"bpb":1.5},"seed":7}\n');
    expect(table.mixtures).toEqual([[0.4, 0.6]]);
    expect(table.joinedOn).toBe('run');
    expect(table.notes).toEqual([
      'runs.jsonl: not used: "seed"',
      'runs.jsonl: every row sums to about 100, so the weights were read as percentages',
    ]);
  });

  it('tells a divergence from a loss that nobody measured', () => {
    const losses = ['1', '"Infinity"', '"-inf"', '"NaN"', 'null', '"n/a"', '1e999'];
    const text = losses.map((loss, i) => `{"id":${i},"weights":{"a":0.5,"b":0.5},"losses":{"t":${loss},"u":1}}`);
    const table = readRunLines({ label: 'L', text: `${text.join('\n')}\n{"id":9,"weights":{"a":1},"losses":{"u":2}}` });
    expect([...table.losses.t!]).toEqual([1, Infinity, -Infinity, NaN, NaN, NaN, Infinity, NaN]);
    expect(table.unmeasured).toEqual({ t: [4, 5, 7], u: [] });
  });

  it('keeps a name that objects have already', () => {
    const text = '{"weights":{"a":0.5,"constructor":0.5},"losses":{"__proto__":1,"toString":2}}';
    const table = readRunLines({ label: 'L', text });
    expect(table.domains).toEqual(['a', 'constructor']);
    expect(Object.entries(table.losses)).toEqual([
      ['__proto__', Float64Array.of(1)],
      ['toString', Float64Array.of(2)],
    ]);
  });

  it('gives up on what is too large before it works on it', () => {
    const limits = { runs: 3, domains: 4, targets: 2 };
    const wide = (n: number) => Object.fromEntries(Array.from({ length: n }, (_, i) => [`k${i}`, i === 0 ? 1 : 0]));
    const line = (weights: object, losses: object) => JSON.stringify({ weights, losses });
    const read = (...lines: string[]) => readRunLines({ label: 'L', text: lines.join('\n') }, limits);
    const fine = line(wide(4), { x: 1, y: 2 });
    expect(read(fine, fine, fine).ids).toHaveLength(3);
    expect(() => read(fine, fine, fine, fine)).toThrow('L has more than 3 runs');
    expect(() => read(line(wide(5), { x: 1 }))).toThrow('L has more than 4 domains');
    expect(() => read(line(wide(4), { x: 1, y: 2, z: 3 }))).toThrow('L has more than 2 targets');
  });

  it('numbers runs without ids', () => {
    const table = read(`${line(undefined, { a: 1, b: 0 }, { q: 1 })}\n${line(undefined, { a: 0, b: 1 }, { q: 2 })}`);
    expect(table).toMatchObject({ ids: ['1', '2'], joinedOn: 'position' });
  });

  it('leaves out a run with a weight that is null', () => {
    const table = read(`${line(1, { a: 1, b: 0 }, { q: 1 })}\n${line(2, { a: null, b: 1 }, { q: 2 })}`);
    expect(table.ids).toEqual(['1']);
    expect(table.unmatched.weights).toEqual(['2']);
    expect(table.notes).toEqual(['runs.jsonl: 1 run left out for missing weights: line 2 (id 2), its weight of "a"']);
  });

  it('reads what it would write: a table and the same runs as lines are one', () => {
    const weights = { a: 0.25, b: 0.75 };
    const lines = [1, 2, 3].map((id) => line(id, weights, { q: id }));
    const records = lines.map((text) => JSON.parse(text));
    const places = ['line 1', 'line 2', 'line 3'];
    expect(readRunRecords('runs.jsonl', records, places)).toEqual(read(lines.join('\n')));
  });

  it.each([
    ['an empty file', ' \n', 'TABLE_EMPTY', /runs\.jsonl is empty/],
    ['an array over lines', '[\n{}\n]', 'TABLE_UNREADABLE', /line 1 is not JSON.*without an array around them/],
    ['a number', '7', 'RUN_FIELD', /line 1 must be an object such as/],
    ['no weights', '{"losses":{"q":1}}', 'RUN_FIELD', /line 1 needs "weights" or "ratios" or "mixture", an object/],
    ['two kinds of weights', '{"weights":{},"ratios":{},"losses":{}}', 'RUN_FIELD', /has both "weights" and "ratios"/],
    ['weights as a list', '{"weights":[1],"losses":{"q":1}}', 'RUN_FIELD', /its "weights" is "\[1\]"/],
    [
      'text for a weight',
      line(1, { a: 'x', b: 1 }, { q: 1 }),
      'WEIGHT_NOT_FINITE',
      /line 1 \(id 1\): the weight of "a" .* got "x"/,
    ],
    [
      'text for a loss',
      line(1, { a: 0, b: 1 }, { q: 'oom' }),
      'LOSS_NOT_A_NUMBER',
      /line 1 \(id 1\): "q" must be a number.*got "oom"/,
    ],
    [
      'an id twice',
      `${line(1, { a: 0, b: 1 }, { q: 1 })}\n${line('1', { a: 0, b: 1 }, { q: 1 })}`,
      'RUN_DUPLICATE',
      /id 1 is given twice, in line 1 and line 2/,
    ],
    [
      'ids in some lines',
      `${line(1, { a: 0, b: 1 }, { q: 1 })}\n${line(undefined, { a: 0, b: 1 }, { q: 1 })}`,
      'RUN_UNNAMED',
      /line 2 has no id/,
    ],
    ['one domain', line(1, { a: 1 }, { q: 1 }), 'ONE_DOMAIN', /one domain only, "a"/],
    ['no losses', line(1, { a: 0, b: 1 }, {}), 'TABLE_EMPTY', /no run has a loss/],
    ['a name for both', line(1, { a: 0, b: 1 }, { a: 1 }), 'COLUMN_DUPLICATE', /"a" is both a domain and a target/],
    [
      'a sum that is off',
      line(1, { a: 0.7, b: 0.7 }, { q: 1 }),
      'WEIGHTS_SUM',
      /line 1 \(id 1\): weights must sum to 1/,
    ],
    ['no complete run', line(1, { a: null, b: 1 }, { q: 1 }), 'TABLE_EMPTY', /no run has all its weights/],
  ])('refuses %s', (_, text, code, message) => {
    expect(() => read(text)).toThrow(message);
    expect(() => read(text)).toThrow(expect.objectContaining({ code }) as Error);
    expect(() => read(text)).toThrow(InvalidInputError);
  });
});
