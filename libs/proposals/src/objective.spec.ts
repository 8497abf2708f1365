import { describe, expect, it } from 'vitest';
import { closestName } from './closest-name.js';
import { evaluateObjective, resolveObjective } from './objective.js';

describe('objective', () => {
  const losses = { a: [1, 4], b: [3, 2] };

  it('is by default the equal-weighted mean of all targets', () => {
    const objective = resolveObjective(undefined, ['a', 'b']);
    expect(Array.from(evaluateObjective(objective, losses))).toEqual([2, 3]);
  });

  it('weighs the mean, whatever the scale of the weights', () => {
    for (const scale of [1, 10]) {
      const objective = resolveObjective({ targets: { a: 3 * scale, b: scale }, combine: 'weighted-mean' }, ['a', 'b']);
      expect(Array.from(evaluateObjective(objective, losses))).toEqual([1.5, 3.5]);
    }
  });

  it('takes the largest loss in the worst case, scaled by weights relative to their mean', () => {
    const equal = resolveObjective({ targets: { a: 2, b: 2 }, combine: 'worst-case' }, ['a', 'b']);
    expect(Array.from(evaluateObjective(equal, losses))).toEqual([3, 4]);
    const tilted = resolveObjective({ targets: { a: 3, b: 1 }, combine: 'worst-case' }, ['a', 'b']);
    expect(Array.from(evaluateObjective(tilted, losses))).toEqual([1.5, 6]);
  });

  it('drops targets of weight 0', () => {
    const objective = resolveObjective({ targets: { a: 0, b: 1 }, combine: 'worst-case' }, ['a', 'b']);
    expect(objective.targets).toEqual({ b: 1 });
  });

  it('refuses what it cannot judge by', () => {
    const known = ['metric/pile_cc_val_loss', 'metric/arxiv_val_loss'];
    const objective = (targets: Record<string, number>) => () =>
      resolveObjective({ targets, combine: 'worst-case' }, known);
    expect(objective({ 'metric/pile_c_val_loss': 1 })).toThrow(
      /Did you mean "metric\/pile_cc_val_loss"\? Targets: metric/,
    );
    expect(objective({ [known[0]!]: 0 })).toThrow(/no target a positive weight/);
    expect(objective({ [known[0]!]: -1 })).toThrow(/weight of "metric\/pile_cc_val_loss" must be a number in \[0/);
    const combine = 'median' as 'worst-case';
    expect(() => resolveObjective({ targets: { [known[0]!]: 1 }, combine }, known)).toThrow(
      /weighted-mean or worst-case/,
    );
  });

  it('suggests a name that is near or contains what was typed, and nothing far off', () => {
    expect(closestName('arxiv', ['pile_cc_loss', 'arxiv_loss'])).toBe('arxiv_loss');
    expect(closestName('zzzzzzzzzz', ['pile_cc_loss', 'arxiv_loss'])).toBeUndefined();
  });

  it.each([
    ['pilecc_val_loss', 'metric/the_pile_pile_cc_val_loss'],
    ['Pile-CC', 'metric/the_pile_pile_cc_val_loss'],
    ['pilecc_vall_los', 'metric/the_pile_pile_cc_val_loss'],
    ['the_pile_cc_loss', 'metric/the_pile_pile_cc_val_loss'],
    ['metric/the_pile_arxv_val_loss', 'metric/the_pile_arxiv_val_loss'],
    ['gutenburg', 'metric/the_pile_gutenberg_pg_19_val_loss'],
    ['books3', undefined],
    ['val', 'metric/the_pile_arxiv_val_loss'],
    ['xyz', undefined],
    ['//', undefined],
  ])('takes %s for %s, whatever the punctuation and the prefix', (given, meant) => {
    const known = ['pile_cc', 'arxiv', 'gutenberg_pg_19', 'youtubesubtitles'].map(
      (name) => `metric/the_pile_${name}_val_loss`,
    );
    expect(closestName(given, known)).toBe(meant);
  });
});
