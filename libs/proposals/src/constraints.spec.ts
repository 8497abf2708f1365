import { describe, expect, it } from 'vitest';
import { resolveConstraints } from './constraints.js';
import type { ProposeInput } from './propose-input.js';
import { repetitionEfficiency } from './repetition-law.js';

const domains = ['web', 'code', 'books', 'mail'];
const mixtures = [[0.25, 0.25, 0.25, 0.25]];
const tokens = { web: 4e9, code: 3e9, books: 2e9, mail: 1e9 };
const resolve = (asked: Partial<ProposeInput>) =>
  resolveConstraints(domains, mixtures, { domains, mixtures, losses: {}, ...asked });

describe('constraints', () => {
  it('take the tightest of epochs, efficiency, caps and licences for a cap', () => {
    const asked = { tokens, targetTokens: 2e10, maxEpochs: 4, caps: { web: 0.5 } };
    expect(resolve(asked).caps).toEqual([
      0.5,
      expect.closeTo(0.6, 12),
      expect.closeTo(0.4, 12),
      expect.closeTo(0.2, 12),
    ]);
    const efficient = resolve({ ...asked, minimumEfficiency: 0.95 });
    const epochs = (efficient.caps![3]! * 2e10) / 1e9;
    expect(repetitionEfficiency(epochs)).toBeCloseTo(0.95, 9);
    const licences = { web: 'CC-BY-4.0', code: 'GPL-3.0 ', mail: 'proprietary' };
    const free = resolve({ ...asked, licences, excludeLicences: ['gpl-3.0', 'Proprietary'], maxEpochs: 20 });
    expect(free.excluded).toEqual(['code', 'mail']);
    expect(free.caps).toEqual([0.5, 0, 1, 0]);
  });

  it('hold bounds, pins and groups in one set', () => {
    const { set, lower, caps } = resolve({
      minimums: { code: 0.1 },
      pinned: { mail: 0.05 },
      groups: [{ name: 'prose', domains: ['web', 'books'], min: 0.3, max: 0.6 }],
    });
    expect(lower).toEqual([0, 0.1, 0, 0.05]);
    expect(caps).toEqual([1, 1, 1, 0.05]);
    expect(set.contains([0.3, 0.35, 0.3, 0.05])).toBe(true);
    for (const outside of [
      [0.4, 0.25, 0.3, 0.05],
      [0.3, 0.3, 0.3, 0.1],
      [0.6, 0.05, 0.3, 0.05],
    ]) {
      expect(set.contains(outside)).toBe(false);
    }
    expect(resolve({})).toMatchObject({ caps: null, lower: null, limits: [] });
  });

  it.each<[string, Partial<ProposeInput>, string, RegExp]>([
    [
      'a minimum against a group',
      { minimums: { code: 0.6 }, groups: [{ name: 'text', domains: ['web', 'books'], min: 0.5 }] },
      'CONSTRAINTS_INFEASIBLE',
      /^minimum of "code" 0\.6 and group "text" >= 0\.5 cannot both hold/,
    ],
    [
      'a minimum above its own cap, and not what is beside it',
      { minimums: { code: 0.6, web: 0.1 }, caps: { code: 0.5, books: 0.3 } },
      'CONSTRAINTS_INFEASIBLE',
      /^cap of "code" 0\.5 and minimum of "code" 0\.6 cannot both hold/,
    ],
    [
      'a pinned weight above what the epochs allow',
      { tokens, maxEpochs: 2, pinned: { mail: 0.3 } },
      'CONSTRAINTS_INFEASIBLE',
      /^"mail" <= 0\.2 \(2 epochs\) and "mail" pinned at 0\.3 cannot both hold/,
    ],
    [
      'three minimums that together exceed 1',
      { minimums: { web: 0.4, code: 0.4, books: 0.4 } },
      'CONSTRAINTS_INFEASIBLE',
      /"web" 0\.4, minimum of "code" 0\.4 and minimum of "books" 0\.4 cannot all hold/,
    ],
    [
      'a domain pinned below the smallest nonzero weight',
      { pinned: { mail: 0.01 }, minimumNonzero: 0.05 },
      'CONSTRAINTS_INFEASIBLE',
      /"mail" pinned at 0\.01 and "mail" = 0 \(its limits keep it below the smallest nonzero weight 0\.05\)/,
    ],
    [
      'caps that sum to less than 1',
      { caps: { web: 0.1, code: 0.1, books: 0.1, mail: 0.1 } },
      'CAPS_INFEASIBLE',
      /0\.6 short/,
    ],
    [
      'an efficiency that the text there is cannot give, in the words of the request',
      { tokens, targetTokens: 1e11, maxEpochs: 100, minimumEfficiency: 0.99 },
      'CAPS_INFEASIBLE',
      /^no mixture satisfies minimumEfficiency: the largest weights .* short of 1\. Binding: .*\(efficiency 0\.99\).*Lower minimumEfficiency, or train on fewer tokens$/,
    ],
    [
      'an efficiency and a cap that together leave too little',
      { tokens, minimumEfficiency: 0.999, caps: { web: 0.01 } },
      'CAPS_INFEASIBLE',
      /^no mixture satisfies caps and minimumEfficiency: .*cap of "web" 0\.01/,
    ],
    ['a group of nobody', { groups: [{ name: 'x', domains: [], min: 0.1 }] }, 'GROUP_INVALID', /has no domains/],
    ['a group without bounds', { groups: [{ name: 'x', domains: ['web'] }] }, 'GROUP_INVALID', /no min and no max/],
    [
      'a group with an unknown domain',
      { groups: [{ name: 'x', domains: ['wbe'], max: 0.1 }] },
      'DOMAIN_UNKNOWN',
      /in the group "x": "wbe"\. Did you mean "web"\?/,
    ],
    [
      'a group whose max is below its min',
      { groups: [{ name: 'x', domains: ['web'], min: 0.5, max: 0.4 }] },
      'OUT_OF_RANGE',
      /the max of group "x" must be a number in \[0\.5, 1\]/,
    ],
    ['licences that nobody gave', { excludeLicences: ['GPL-3.0'] }, 'LICENCES_MISSING', /needs the licences/],
    ['an efficiency above 1', { tokens, minimumEfficiency: 1.2 }, 'OUT_OF_RANGE', /minimumEfficiency must be/],
    ['an efficiency without tokens', { minimumEfficiency: 0.9 }, 'TOKENS_MISSING', /minimumEfficiency needs/],
    [
      'a minimum above 1',
      { minimums: { web: 1.5 } },
      'OUT_OF_RANGE',
      /the minimum of "web" must be a number in \[0, 1\]/,
    ],
  ])('refuse %s', (_, asked, code, message) => {
    expect(() => resolve(asked)).toThrow(message);
    expect(() => resolve(asked)).toThrow(expect.objectContaining({ code }) as unknown as Error);
  });
});
