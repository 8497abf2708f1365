import { describe, expect, it } from 'vitest';
import { createRandom, InvalidInputError } from '#libs/simplex';
import { readLogProbabilities } from './read-log-probabilities.js';
import { readMixtureTable } from './read-mixtures.js';
import { readRunTables } from './read-run-tables.js';

const weightsText = 'index,web,code\n1,0.5,0.5\n2,0.25,0.75\n3,1,0\n';
const lossesText = 'index,qa,chat\n1,3,2\n2,2.5,1\n3,2,4\n';
const read = (weights: string, losses: string) =>
  readRunTables({ weights: { label: 'w.csv', text: weights }, losses: { label: 'l.csv', text: losses } });

describe('readRunTables', () => {
  it('joins weights and losses', () => {
    const table = read(weightsText, lossesText);
    expect(table).toMatchObject({
      domains: ['web', 'code'],
      mixtures: [
        [0.5, 0.5],
        [0.25, 0.75],
        [1, 0],
      ],
      ids: ['1', '2', '3'],
      joinedOn: 'index',
      renormalised: 0,
      notes: [],
    });
    expect([...table.losses.qa!]).toEqual([3, 2.5, 2]);
  });

  it("reads Olmix's pair: run, name and index are no domains, whatever the order of rows", () => {
    const table = read(
      'run,name,index,web,code\nr7,mix-0007,7,0.5,0.5\nr8,mix-0008,8,0.25,0.75\n',
      'run,name,index,arc_bpb\nr8,mix-0008,0,1.25\nr7,mix-0007,1,1.5\n',
    );
    // "index" here is only the position in each file.
    expect(table.joinedOn).toBe('run');
    expect(table.ids).toEqual(['r7', 'r8']);
    expect([...table.losses.arc_bpb!]).toEqual([1.5, 1.25]);
  });

  it('joins columns of different names, and says which', () => {
    const table = read(weightsText, lossesText.replace('index', 'run_id'));
    expect(table.joinedOn).toBe('index = run_id');
    expect(table.ids).toHaveLength(3);
  });

  it('reads percentages when every row holds them, and says so', () => {
    const table = read('index,web,code\n1,50,50\n2,25.1,75\n3,100,0\n', lossesText);
    expect(table.mixtures[0]).toEqual([0.5, 0.5]);
    expect(table.mixtures[1]![0]! + table.mixtures[1]![1]!).toBeCloseTo(1, 14);
    expect(table.notes).toEqual([
      'w.csv: every row sums to about 100, so the weights were read as percentages',
      'w.csv: weights of 1 of 3 rows summed to 100.1 and were renormalised',
    ]);
  });

  it('refuses percentages in some rows only', () => {
    expect(() => read('index,web,code\n1,50,50\n2,0.25,0.75\n', lossesText)).toThrow(
      /w\.csv: index 1: weights sum to 100, so they look like percentages; divide them by 100 \(percentages are read as such when every row holds them\)/,
    );
  });

  it('divides a sum of 1.003 out, and refuses one of 1.006', () => {
    const table = read('index,web,code\n1,0.503,0.5\n2,0.25,0.75\n3,1,0\n', lossesText);
    expect(table.renormalised).toBe(1);
    expect(table.mixtures[0]![0]).toBeCloseTo(0.503 / 1.003, 14);
    expect(() => read('index,web,code\n1,0.506,0.5\n', lossesText)).toThrow(
      'w.csv: index 1: weights must sum to 1 within 0.005; they sum to 1.006 (columns taken as domains: web, code)',
    );
  });

  it('leaves a run out for the target whose cell is missing, and names row and column', () => {
    const table = read(weightsText, 'index,qa,chat\n1,NaN,2\n2,,1\n3,2,inf\n');
    expect([...table.losses.qa!]).toEqual([Number.NaN, Number.NaN, 2]);
    expect(table.ids).toHaveLength(3);
    expect(table.notes).toEqual([
      'l.csv: 2 runs left out for "qa": index 1 is "NaN", index 2 is empty',
      'l.csv: 1 run left out for "chat": index 3 is "inf"',
    ]);
  });

  it('tells a divergence from a loss that nobody measured', () => {
    const text = 'run,t\n1,inf\n2,-Infinity\n3,nan\n4,\n5,n/a\n6,2';
    const weights = `run,a,b\n${[1, 2, 3, 4, 5, 6].map((run) => `${run},0.5,0.5`).join('\n')}`;
    const table = readRunTables({ weights: { label: 'W', text: weights }, losses: { label: 'L', text } });
    expect([...table.losses.t!]).toEqual([Infinity, -Infinity, NaN, NaN, NaN, 2]);
    expect(table.unmeasured).toEqual({ t: [3, 4] });
    expect(table.notes.join()).toMatch(/5 runs left out for "t"/);
  });

  it('leaves a run with a missing weight out altogether, and says which', () => {
    const table = read('index,web,code\n1,0.5,0.5\n2,,0.75\n3,1,0\n', lossesText);
    expect(table.ids).toEqual(['1', '3']);
    expect(table.unmatched).toEqual({ weights: ['2'], losses: ['2'] });
    expect(table.notes[0]).toBe('w.csv: 1 row left out for missing weights: index 2 (its weight of "web" is empty)');
  });

  it('names at most five of many', () => {
    const rows = Array.from({ length: 9 }, (_, i) => `${i + 1},0.5,0.5`).join('\n');
    const table = read(`index,web,code\n${rows}\n`, lossesText);
    expect(table.notes).toEqual(['w.csv: 6 runs without a partner left out: 4, 5, 6, 7, 8 and 1 more']);
  });

  it.each([
    ['an empty file', '', lossesText, 'TABLE_EMPTY', /w\.csv is empty/],
    ['a header alone', 'index,web,code\n', lossesText, 'TABLE_EMPTY', /w\.csv has a header but no rows/],
    ['ids alone', weightsText, 'index\n1\n', 'TABLE_EMPTY', /l\.csv has no column of numbers beside index/],
    ['one domain', 'index,web\n1,1\n', lossesText, 'ONE_DOMAIN', /one domain only, "web"/],
    [
      'a duplicate id',
      `${weightsText}2,0.5,0.5\n`,
      lossesText,
      'RUN_DUPLICATE',
      /index 2 is given twice, in rows 2 and 4/,
    ],
    ['a duplicate column', 'index,web,web\n1,0.5,0.5\n', lossesText, 'COLUMN_DUPLICATE', /column "web" appears twice/],
    [
      'a name in both',
      weightsText,
      'index,web\n1,2\n',
      'COLUMN_DUPLICATE',
      /column "web" is in both w\.csv and l\.csv/,
    ],
    [
      'ids that never meet',
      weightsText,
      'index,qa\n11,2\n12,3\n',
      'RUNS_UNMATCHED',
      /no run of w\.csv \(index 1, 2, 3\) is in l\.csv \(index 11, 12\)/,
    ],
    [
      'no ids',
      'web,code\n0.5,0.5\n',
      lossesText,
      'RUN_UNNAMED',
      /w\.csv has no column of run ids \(run, run_id, index\)/,
    ],
    [
      'text for a loss',
      weightsText,
      'index,qa\n1,2\n2,oom\n',
      'LOSS_NOT_A_NUMBER',
      /l\.csv: index 2: "qa" must be a number.*got "oom"/,
    ],
    [
      'text for a weight',
      'index,web,code\n1,x,1\n2,0,1\n',
      lossesText,
      'WEIGHT_NOT_FINITE',
      /w\.csv: index 1: the weight of "web" .* got "x"/,
    ],
    [
      'an infinite weight',
      'index,web,code\n1,inf,1\n2,0,1\n',
      lossesText,
      'WEIGHT_NOT_FINITE',
      /index 1: the weight of "web"/,
    ],
    [
      'a negative weight',
      'index,web,code\n1,1.2,-0.2\n',
      lossesText,
      'WEIGHT_NEGATIVE',
      /index 1: the weight of "code" must be in \[0, 1\]/,
    ],
    ['semicolons', 'index;web;code\n1;0,5;0,5\n', lossesText, 'TABLE_SEPARATOR', /semicolons; commas are needed/],
    [
      'decimal commas',
      'index,web,code\n1,0,5,0,5\n',
      lossesText,
      'TABLE_RAGGED',
      /line 2 has 5 cells; the header has 3 \(decimals need a point/,
    ],
    [
      'an open quote',
      'index,web,code\n1,"0.5,0.5\n',
      lossesText,
      'TABLE_UNREADABLE',
      /w\.csv is not a readable CSV file/,
    ],
  ])('refuses %s', (_, weights, losses, code, message) => {
    expect(() => read(weights, losses)).toThrow(message);
    expect(() => read(weights, losses)).toThrow(expect.objectContaining({ code }) as Error);
    expect(() => read(weights, losses)).toThrow(InvalidInputError);
  });

  it('reads 10,000 runs of 100 domains in seconds', () => {
    const random = createRandom(1);
    const names = Array.from({ length: 100 }, (_, i) => `d${i}`).join(',');
    const rows = Array.from({ length: 10_000 }, (_, r) => {
      const raw = Array.from({ length: 100 }, () => random.uniform());
      const sum = raw.reduce((a, b) => a + b, 0);
      return `${r},${raw.map((x) => (x / sum).toFixed(6)).join(',')}`;
    });
    const losses = Array.from({ length: 10_000 }, (_, r) => `${r},${r % 7}`);
    const started = performance.now();
    const table = read(`index,${names}\n${rows.join('\n')}\n`, `index,qa\n${losses.join('\n')}\n`);
    const seconds = (performance.now() - started) / 1000;
    expect(table.mixtures).toHaveLength(10_000);
    // Measured: 0.8 s of processor time; the bound leaves room for a busy machine.
    expect(seconds).toBeLessThan(10);
  });
});

describe('readMixtureTable', () => {
  const domains = ['web', 'code'];
  const mixtures = (text: string) => readMixtureTable({ label: 'x.csv', text }, domains);

  it('puts columns into the order of the domains and keeps the ids, repeated or not', () => {
    const table = mixtures('run,code,web\na,0.75,0.25\na,0,1\n');
    expect(table).toMatchObject({ idColumn: 'run', ids: ['a', 'a'], notes: [] });
    expect(table.mixtures).toEqual([
      [0.25, 0.75],
      [1, 0],
    ]);
  });

  it('numbers rows without ids from 1, counting those left out', () => {
    expect(mixtures('web,code\n0.5,0.5\n,0.5\n1,0\n')).toMatchObject({ idColumn: 'index', ids: ['1', '3'] });
  });

  it('says which domains are lacking and which columns are none', () => {
    expect(() => mixtures('run,web,post\na,0.5,0.5\n')).toThrow(
      'x.csv does not match the weights: it lacks the domains code; it has columns that are no domain: post',
    );
  });
});

describe('readLogProbabilities', () => {
  const rows = (text: string) => readLogProbabilities({ label: 'e.csv', text }, ['web', 'code']);

  it('puts columns into the order of the domains, and knows what an expert rules out', () => {
    expect(rows('code,web\n-1.5,-0.25\n-inf,-2\n')).toEqual([
      [-0.25, -1.5],
      [-2, Number.NEGATIVE_INFINITY],
    ]);
  });

  it('names row and column of what is no log-probability, and domains that are lacking', () => {
    expect(() => rows('web,code\n-1,-1\n-1,nan\n')).toThrow(
      'e.csv: row 2: "code" must be a log-probability; got "nan"',
    );
    expect(() => rows('web\n-1\n')).toThrow('e.csv does not match the weights: it lacks the domains code');
  });
});
