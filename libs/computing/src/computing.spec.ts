import { describe, expect, it } from 'vitest';
import { createRandom, InvalidInputError, sampleDirichlet } from '#libs/simplex';
import { fitTargets } from '#libs/surrogates';
import {
  computeInThread,
  type FitProgress,
  fitPackedTargetsInThreads,
  fitTargetsInThreads,
  PredictionThread,
  packRows,
  predictMixtures,
  restoreTargets,
  type TakeTurn,
  unpackRows,
  unpackTargets,
} from './index.js';

const random = createRandom(7);
const mixtures = Array.from({ length: 40 }, () => Array.from(sampleDirichlet(random, [1, 1, 1])));
const lossOf = (slope: number) => mixtures.map(([a, b]) => 3 - slope * a! + 0.2 * b! + 0.001 * random.uniform());
const losses = { web: lossOf(1), code: lossOf(-0.5), books: [...lossOf(0.3).slice(1), Number.NaN] };
const options = { model: 'linear', seed: 1 };
const unseen = [
  [0.2, 0.3, 0.5],
  [1, 0, 0],
];

describe('fitting targets in threads', () => {
  it('gives the very fits that one thread makes, in the order of the losses, however many threads there are', async () => {
    const here = fitTargets(mixtures, losses, options).fits;
    for (const threads of [1, 2]) {
      const { fits: records } = await fitTargetsInThreads({ mixtures, losses, options }, { threads });
      expect(Object.keys(records)).toEqual(['web', 'code', 'books']);
      const there = restoreTargets(records);
      expect(predictMixtures(there, unseen)).toEqual(predictMixtures(here, unseen));
      expect(there.books!.diagnostics).toEqual(here.books!.diagnostics);
      expect(there.books!.rowsUsed).toHaveLength(39);
    }
  });

  it('packs a fit without changing it', async () => {
    const request = { mixtures, losses: { web: losses.web }, options };
    const { fits: packed } = await fitPackedTargetsInThreads(request);
    const { fits: plain } = await fitTargetsInThreads(request);
    expect(unpackTargets({ web: packed.web!.packed })).toEqual(JSON.parse(JSON.stringify(plain)));
    expect(packed.web!.diagnostics).toEqual(plain.web!.diagnostics);
  });

  it('says which target it works on and how many are done', async () => {
    const heard: FitProgress[] = [];
    await fitTargetsInThreads(
      { mixtures, losses, options },
      { threads: 2, onProgress: (progress) => heard.push(progress) },
    );
    const fitted = heard.filter(({ step }) => step === null);
    expect(fitted.map(({ target }) => target).sort()).toEqual(['books', 'code', 'web']);
    expect(fitted.map(({ done }) => done)).toEqual([1, 2, 3]);
    expect(new Set(heard.map(({ total }) => total))).toEqual(new Set([3]));
  });

  it('names a target that cannot be fitted, counts it as done, and fits the others', async () => {
    const few = { mixtures, losses: { ...losses, code: mixtures.map(() => Number.NaN) }, options };
    const heard: FitProgress[] = [];
    const gathered = await fitTargetsInThreads(few, { onProgress: (progress) => heard.push(progress) });
    const here = fitTargets(mixtures, few.losses, options);
    expect(gathered.unfitted).toEqual({ code: '0 finite losses; at least 5 are needed' });
    expect(gathered.unfitted).toEqual(here.unfitted);
    expect(predictMixtures(restoreTargets(gathered.fits), unseen)).toEqual(predictMixtures(here.fits, unseen));
    expect(heard.filter(({ unfitted }) => unfitted)).toMatchObject([{ target: 'code', step: null, total: 3 }]);
    expect(heard.at(-1)).toMatchObject({ step: null, done: 3, total: 3 });
    const packed = await fitPackedTargetsInThreads(few);
    expect([Object.keys(packed.fits), packed.unfitted]).toEqual([['web', 'books'], here.unfitted]);
  });

  it('keeps the code and the details of a mistake in the input', async () => {
    const none = mixtures.map(() => Number.NaN);
    const error = await fitTargetsInThreads({ mixtures, losses: { none }, options }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(InvalidInputError);
    expect(error).toMatchObject({ code: 'TARGETS_UNFITTABLE', details: { argument: 'losses' } });
    const unknown = fitTargetsInThreads({ mixtures, losses, options: { model: 'nonesuch', seed: 1 } });
    await expect(unknown).rejects.toMatchObject({ code: 'MODEL_UNKNOWN' });
  });

  it('takes a turn for each target, where cores are shared', async () => {
    const turns: string[] = [];
    let free = Promise.resolve();
    const turn: TakeTurn = (_signal, work) => {
      const mine = free.then(async () => {
        turns.push('begins');
        const done = await work();
        turns.push('ends');
        return done;
      });
      free = mine.then(() => undefined);
      return mine;
    };
    const alone = await fitTargetsInThreads({ mixtures, losses, options }, { threads: 2, turn });
    expect(turns).toEqual(['begins', 'ends', 'begins', 'ends', 'begins', 'ends']);
    expect(alone).toEqual(await fitTargetsInThreads({ mixtures, losses, options }));
  });

  it('ends when it is aborted, with the reason', async () => {
    const abort = new AbortController();
    const large = Array.from({ length: 3000 }, () => Array.from(sampleDirichlet(random, new Array(20).fill(1))));
    const request = { mixtures: large, losses: { web: large.map(([a]) => a!) }, options: { model: 'gbdt', seed: 1 } };
    const began = performance.now();
    const fit = fitTargetsInThreads(request, {
      signal: abort.signal,
      onProgress: () => abort.abort(new Error('no longer wanted')),
    });
    await expect(fit).rejects.toThrow('no longer wanted');
    expect(performance.now() - began).toBeLessThan(3_000);
    await expect(fitTargetsInThreads(request, { signal: abort.signal })).rejects.toThrow('no longer wanted');
  });
});

it('rows come back as they were packed', () => {
  expect(unpackRows(packRows(mixtures))).toEqual(mixtures);
  expect(unpackRows(packRows([]))).toEqual([]);
});

describe('reading runs in a thread', () => {
  const limits = { runs: 10, domains: 5, targets: 5 };
  const read = (text: string, format: 'json' | 'json-lines' = 'json') =>
    computeInThread('readRuns', { body: new TextEncoder().encode(text), format, limits });

  it('takes records, a pair of CSV texts, or JSON lines', async () => {
    const runs = [
      { id: 'a', weights: { x: 0.5, y: 0.5 }, losses: { t: 1 } },
      { id: 'b', weights: { x: 0.1, y: 0.9 }, losses: { t: 'NaN' } },
    ];
    const expected = { domains: ['x', 'y'], ids: ['a', 'b'], losses: { t: Float64Array.of(1, Number.NaN) } };
    const json = await read(JSON.stringify({ name: 'mine', runs }));
    expect(json.runs).toMatchObject(expected);
    expect(unpackRows(json.runs.mixtures)).toEqual([
      [0.5, 0.5],
      [0.1, 0.9],
    ]);
    expect(json.settings).toEqual({ name: 'mine' });
    const lines = await read(runs.map((run) => JSON.stringify(run)).join('\n'), 'json-lines');
    expect(lines.runs).toMatchObject(expected);
    const pair = { weights: 'run,x,y\na,0.5,0.5\nb,0.1,0.9', losses: 'run,t\nb,nan\na,1' };
    expect((await read(JSON.stringify(pair))).runs).toMatchObject(expected);
    expect(lines.hash).not.toBe(json.hash);
  });

  it.each([
    ['{', 'BODY_UNREADABLE', /no JSON/],
    ['[]', 'BODY_UNREADABLE', /one JSON object/],
    ['{}', 'RUNS_MISSING', /weights must be the text of a CSV/],
    ['{"runs": {}}', 'RUNS_MISSING', /must be an array/],
    ['{"runs": [], "losses": ""}', 'RUNS_MISSING', /exclude each other/],
    [`{"runs": [${'{},'.repeat(10)}{}]}`, 'TABLE_TOO_LARGE', /runs has more than 10 runs/],
    [`{"runs": [], "name": "${'x'.repeat(300_000)}"}`, 'SETTINGS_TOO_LARGE', /262144 characters/],
    [`{"runs": [], "name": ${'['.repeat(1e5)}${']'.repeat(1e5)}}`, 'SETTINGS_TOO_LARGE', /262144 characters/],
    [`{"weights": "run,a,b\\n${'1,1,0\\n'.repeat(11)}", "losses": "run,l\\n1,2"}`, 'TABLE_TOO_LARGE', /10 runs/],
  ])('refuses %s', async (text, code, message) => {
    await expect(read(text)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });
});

describe('a prediction thread', () => {
  it('predicts what the fit itself predicts, loads it once, and says what lies outside the samples', async () => {
    const thread = new PredictionThread();
    try {
      const { fits: fitted } = await fitPackedTargetsInThreads({ mixtures, losses, options });
      const packed = Object.fromEntries(Object.entries(fitted).map(([target, fit]) => [target, fit.packed]));
      let loads = 0;
      const load = async () => {
        loads += 1;
        return { packed, sampled: mixtures };
      };
      const first = await thread.predict('fit_1', load, unseen);
      expect(first.targets).toEqual(predictMixtures(fitTargets(mixtures, losses, options).fits, unseen));
      expect(first.located[1]!.distance).toBeGreaterThan(0);
      expect(await thread.predict('fit_1', load, [mixtures[3]!])).toMatchObject({
        located: [{ index: 3, distance: 0, outside: false }],
      });
      expect(loads).toBe(1);
      await expect(thread.predict('fit_2', () => Promise.reject(new Error('gone')), unseen)).rejects.toThrow('gone');
    } finally {
      await thread.close();
    }
    await expect(thread.predict('fit_1', () => Promise.reject(new Error('unused')), unseen)).rejects.toThrow('closed');
  });
});
