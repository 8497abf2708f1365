import { describe, expect, it } from 'vitest';
import { checkParameters, type ParameterRules, parameterRuleSchema } from './trainer-parameters.js';

const rules: ParameterRules = {
  width: { type: 'integer', minimum: 8, maximum: 512, default: 64 },
  rate: { type: 'number', maximum: 1 },
  mode: { type: 'string', allowed: ['fast', 'exact'], default: 'fast' },
  tied: { type: 'boolean', default: true },
};

describe("a sweep's parameters against a trainer's declaration", () => {
  it('are completed with its defaults', () => {
    expect(checkParameters(rules, { rate: 0.5, tied: false })).toEqual({
      ok: true,
      parameters: { width: 64, rate: 0.5, mode: 'fast', tied: false },
    });
  });

  it.each([
    [{ rate: 0.5, width: 4 }, 'parameter "width" must be an integer, at least 8, at most 512, got 4'],
    [{ rate: 0.5, width: 8.5 }, 'parameter "width" must be an integer, at least 8, at most 512, got 8.5'],
    [{ rate: '0.5' }, 'parameter "rate" must be a number, at most 1, got "0.5"'],
    [{}, 'parameter "rate" is missing; it must be a number, at most 1'],
    [{ rate: 1, mode: 'slow' }, 'parameter "mode" must be a string, one of "fast", "exact", got "slow"'],
    [{ rate: 1, tied: 1 }, 'parameter "tied" must be true or false, got 1'],
    [
      { rate: 1, constructor: 1 },
      'parameter "constructor" (1) is unknown; this trainer takes: width, rate, mode, tied',
    ],
  ])('%o are refused by name, value and what is allowed', (given, message) => {
    expect(checkParameters(rules, given as Record<string, number>)).toEqual({ ok: false, message });
  });

  it('must have defaults that they allow themselves', () => {
    expect(parameterRuleSchema.safeParse({ type: 'integer', minimum: 2, default: 1 }).error?.issues[0]).toMatchObject({
      path: ['default'],
      message: 'must be an integer, at least 2',
    });
  });
});
