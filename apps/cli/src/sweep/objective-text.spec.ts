import { describe, expect, it } from 'vitest';
import { describeObjective } from './objective-text.js';

describe('describeObjective', () => {
  it('names the targets, and their weights where they differ', () => {
    const combine = 'weighted-mean';
    expect(describeObjective({ targets: { web: 3 }, combine })).toBe('loss of web');
    expect(describeObjective({ targets: { web: 1, code: 1, mail: 1 }, combine })).toBe(
      'mean loss of web, code and mail',
    );
    expect(describeObjective({ targets: { web: 2, code: 1 }, combine })).toBe(
      'mean loss of web (weight 2) and code (weight 1)',
    );
    expect(describeObjective({ targets: { web: 1, code: 1 }, combine: 'worst-case' })).toBe(
      'largest loss of web and code',
    );
  });
});
