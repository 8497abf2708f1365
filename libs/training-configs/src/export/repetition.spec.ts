import { describe, expect, it } from 'vitest';
import type { PlannedPhase } from '../format.js';
import { checkRepetition, epochsOfRun } from './repetition.js';

const phase = (epochs: Record<string, number | undefined>): PlannedPhase => ({
  name: 'p',
  start: 0,
  dropped: [],
  entries: Object.entries(epochs).map(([domain, passes]) => ({
    domain,
    key: domain,
    weight: 0.5,
    amount: 0.5,
    text: '0.5',
    epochs: passes,
  })),
});

describe('passes over a domain', () => {
  it('are added up over the phases, and unknown where they are not known', () => {
    const run = epochsOfRun([phase({ web: 0.5, code: 2 }), phase({ code: 3, papers: undefined })]);
    expect([...run]).toEqual([
      ['web', 0.5],
      ['code', 5],
    ]);
  });

  it('are warned of above four', () => {
    expect(checkRepetition([phase({ web: 4, code: 4.1, books: 7 })], undefined)).toEqual([
      'repeated for more than 4 epochs: "books" 7, "code" 4.1',
    ]);
  });

  it('are warned of in one sentence, however many domains there are', () => {
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`d${i}`, 5 + i]));
    const [sentence, ...rest] = checkRepetition([phase(many)], undefined);
    expect(rest).toEqual([]);
    expect(sentence).toMatch(/^repeated for more than 4 epochs: "d299" 304, .*"d290" 295, and 290 more$/);
  });

  it('are refused above the cap, which rounding does not exceed', () => {
    expect(() => checkRepetition([phase({ web: 1.5 }), phase({ web: 0.6 })], 2)).toThrow(
      '"web" would be repeated for 2.1 epochs, above the cap of 2',
    );
    expect(() => checkRepetition([phase({ web: 3, code: 9 })], 2)).toThrow(
      '"code" (and 1 more with it) would be repeated for 9 epochs',
    );
    expect(checkRepetition([phase({ web: 2 * (1 + 1e-7) })], 2)).toEqual([]);
  });
});
