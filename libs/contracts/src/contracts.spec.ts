import { describe, expect, it } from 'vitest';
import { createCorpusSchema } from './corpus.js';
import { jsonFloatSchema, toJsonFloat } from './json-float.js';
import { createSweepSchema } from './sweep.js';
import { trainerMessageSchema } from './trainer-message.js';

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
    expect(sweep.trainer).toMatchObject({ name: 'transformer', parameters: { layers: 2, width: 64 } });
    expect(sweep.confirmation.seeds).toBe(3);
  });

  it.each([
    ['one run', { strategy: { name: 'regmix', runs: 1 } }, 'strategy.runs: a fit with held-out runs needs at least 8'],
    ['an unknown trainer', { trainer: { name: 'nanogpt' } }, 'trainer.name: Invalid input: expected "transformer"'],
    [
      'a width that the heads do not divide',
      { trainer: { name: 'transformer', parameters: { width: 66 } } },
      'trainer.parameters.width: must be a multiple of heads (4), got 66',
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

describe('a trainer message', () => {
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
