// Weights bounded from above by less than 1 in all: said in the words of whoever asked for the bounds.
import { assertFeasibleCaps, checkCaps, InvalidInputError } from '#libs/simplex';
import type { Limit, LimitKind } from './limits.js';

/** What each kind of limit is called where it is asked for, and what would give way. */
const asked: Partial<Record<LimitKind, { readonly name: string; readonly remedy: string }>> = {
  cap: { name: 'caps', remedy: 'raise a cap' },
  epochs: { name: 'maxEpochs', remedy: 'allow more epochs' },
  efficiency: { name: 'minimumEfficiency', remedy: 'lower minimumEfficiency' },
  licence: { name: 'excludeLicences', remedy: 'exclude fewer licences' },
  'minimum-nonzero': { name: 'minimumNonzero', remedy: 'lower minimumNonzero' },
};

const shown = (value: number, digits: number) => String(Number(value.toPrecision(digits)));

/** Throws CAPS_INFEASIBLE, naming what was asked for, the limits that bind and the missing weight. */
export function assertFeasibleUppers(
  names: readonly string[],
  upper: readonly number[],
  limits: readonly Limit[],
): void {
  const { feasible, total, shortfall, binding } = checkCaps(names, upper);
  if (feasible) return;
  const tightest = binding.flatMap((name) => {
    const of = limits.filter(
      ({ kind, members }) => kind in asked && members.length === 1 && names[members[0]!] === name,
    );
    return of.sort((a, b) => a.max - b.max).slice(0, 1);
  });
  const kinds = [...new Set(tightest.map(({ kind }) => kind))];
  // Nothing but caps and epochs: the library of caps says it as well.
  if (kinds.every((kind) => kind === 'cap' || kind === 'epochs')) assertFeasibleCaps(names, upper);
  const words = kinds.map((kind) => asked[kind]!);
  const spared = kinds.some((kind) => kind === 'epochs' || kind === 'efficiency') ? ['train on fewer tokens'] : [];
  const [first, ...rest] = [...words.map(({ remedy }) => remedy), ...spared];
  throw new InvalidInputError(
    'CAPS_INFEASIBLE',
    `no mixture satisfies ${words.map(({ name }) => name).join(' and ')}: the largest weights allowed sum to ` +
      `${shown(total, 6)}, ${shown(shortfall, 6)} short of 1. Binding: ${tightest.map(({ label }) => label).join(', ')}. ` +
      [`${first![0]!.toUpperCase()}${first!.slice(1)}`, ...rest].join(', or '),
    {
      argument: words[0]!.name,
      value: total,
      allowed: 'limits whose largest weights sum to at least 1',
      domains: binding,
      shortfall,
    },
  );
}
