import { describe, expect, it } from 'vitest';
import { createCorpusSchema } from './corpus.js';
import { jsonFloatSchema, toJsonFloat } from './json-float.js';
import { createSweepSchema } from './sweep.js';
import { trainerMessageSchema } from './trainer-message.js';
import { transformerParametersSchema } from './transformer-parameters.js';

const domain = (name: string, source = 'web.txt') => ({ name, source, tokens: 1000 });
const messagesOf = (result: { success: boolean; error?: { issues: { path: PropertyKey[]; message: string }[] } }) =>
  result.error?.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`) ?? [];

describe('a float in JSON', () => {
  it.each([1.5, -0.25, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('keeps %d', (value) => {
    expect(jsonFloatSchema.parse(JSON.parse(JSON.stringify(toJsonFloat(value))))).toEqual(value);
  });

  it('is never null', () => {
    expect(jsonFloatSchema.safeParse(null).success).toBe(false);
  });
});

describe('a corpus', () => {
  it.each(['/etc/passwd', '../secret', 'a/../../b', 'C:/data', 'a\\b'])('refuses the source %s', (source) => {
    const result = createCorpusSchema.safeParse({ name: 'c', domains: [domain('web', source), domain('code')] });
    expect(messagesOf(result).join()).toMatch(/domains\.0\.source/);
  });

  it('refuses a duplicate domain and says where the first one is', () => {
    const result = createCorpusSchema.safeParse({ name: 'c', domains: [domain('web'), domain('code'), domain('web')] });
    expect(messagesOf(result)).toEqual(['domains.2.name: duplicate domain "web": also at domains.0']);
  });

  it('refuses a single domain', () => {
    const result = createCorpusSchema.safeParse({ name: 'c', domains: [domain('web')] });
    expect(messagesOf(result)).toEqual(['domains: a mixture needs at least two domains']);
  });
});

describe('a sweep', () => {
  const corpusId = 'cor_1';

  it('needs nothing but a corpus', () => {
    const sweep = createSweepSchema.parse({ corpusId });
    expect(sweep.strategy).toMatchObject({ name: 'regmix', runs: 64, maximumUsage: 15, minimumWeight: 2e-4 });
    expect(sweep.trainer).toMatchObject({ name: 'transformer', parameters: { contextLength: 64 } });
    expect(sweep.confirmation.seeds).toBe(3);
  });

  it.each([
    ['one run', { strategy: { name: 'regmix', runs: 1 } }, 'strategy.runs: a fit with held-out runs needs at least 8'],
    [
      'a fidelity named twice',
      { fidelities: [0, 1].map(() => ({ name: 'small', parameters: {} })) },
      'fidelities: a name is given twice',
    ],
    ['an unknown field', { runs: 12 }, 'Unrecognized key: "runs"'],
    [
      'more mixtures to average than to simulate',
      { fit: { samples: 1000, top: 5000 } },
      'fit.top: must not exceed samples',
    ],
    ['too few seeds', { confirmation: { seeds: 1 } }, 'confirmation.seeds: Too small'],
  ])('refuses %s', (_title, overrides, message) => {
    expect(messagesOf(createSweepSchema.safeParse({ corpusId, ...overrides })).join('\n')).toContain(message);
  });
});

describe('a trainer', () => {
  const refused = (trainer: object) => !createSweepSchema.safeParse({ corpusId: 'c', trainer }).success;

  it("may be a user's own program, with typed values and nothing else", () => {
    const trainer = { name: 'nanogpt-2', parameters: { depth: 4, rate: 0.1, bf16: true, schedule: 'wsd' } };
    expect(createSweepSchema.parse({ corpusId: 'c', trainer }).trainer).toEqual(trainer);
    expect(refused({ ...trainer, command: ['sh'] })).toBe(true);
    expect(refused({ name: '../bin/sh' })).toBe(true);
    expect(refused({ ...trainer, parameters: { list: [1] } })).toBe(true);
    expect(refused({ ...trainer, parameters: { '--flag': 1 } })).toBe(true);
    expect(refused({ ...trainer, parameters: { text: 'two\nlines' } })).toBe(true);
    expect(refused({ ...trainer, targets: ['bpb', 'bpb'] })).toBe(true);
  });

  it('is asked for by size and tokens, or by shape and steps, never by both', () => {
    const parameters = (given: object) => refused({ name: 'transformer', parameters: given });
    expect(parameters({ size: 100_000, tokens: 1_000_000 })).toBe(false);
    expect(parameters({ size: 100_000, width: 64 })).toBe(true);
    expect(parameters({ tokens: 1_000_000, steps: 10 })).toBe(true);
    expect(parameters({ tokenizer: '../tokenizer.json' })).toBe(true);
    expect(parameters({ experts: { count: 4, topK: 5 } })).toBe(true);
  });

  it('is refused micro-batches that are larger than a batch, which would balance over the batch', () => {
    const ofSequences = (microBatchSequences: number, change: object = {}) =>
      transformerParametersSchema.safeParse({
        batchSize: 8,
        experts: { count: 4, scope: 'micro-batch', microBatchSequences, ...change },
      });
    expect(ofSequences(8).success).toBe(true);
    expect(ofSequences(9).error?.issues[0]).toMatchObject({
      path: ['experts', 'microBatchSequences'],
      message: 'must not exceed batchSize (8), got 9',
    });
    expect(ofSequences(9, { scope: 'global-batch' }).success).toBe(true);
  });
});

describe('a trainer message', () => {
  it('may give a loss as one number', () => {
    const line = '{"type":"result","losses":{"hellaswag":1.5},"tokens":10}';
    expect(trainerMessageSchema.parse(JSON.parse(line))).toMatchObject({
      losses: { hellaswag: { natsPerToken: 1.5, bitsPerByte: null } },
    });
  });

  it('may carry a loss that is not a number', () => {
    const line = '{"type":"diverged","step":3,"trainLoss":"NaN","reason":"loss is NaN"}';
    expect(trainerMessageSchema.parse(JSON.parse(line))).toMatchObject({ trainLoss: Number.NaN });
  });

  it.each(['{"type":"result","losses":{"web":{"natsPerToken":null}}}', '{"type":"shell","command":"rm"}', '[]'])(
    'is refused when it is %s',
    (line) => {
      expect(trainerMessageSchema.safeParse(JSON.parse(line)).success).toBe(false);
    },
  );
});
