import type { LinearLimit } from '#libs/simplex';
import type { GroupConstraint } from './constraint-input.js';
import type { BindingConstraint } from './proposal-document.js';

/** minimum-nonzero: 0, or at least the smallest nonzero weight, as the limits imply or the search decided. */
export type LimitKind = BindingConstraint['kind'];

/** One limit with where it came from. */
export interface Limit extends LinearLimit {
  readonly kind: LimitKind;
  /** A domain's name, or a group's. */
  readonly name: string;
}

interface Share {
  readonly i: number;
  readonly value: number;
}

export interface AskedLimits {
  readonly epochs: { readonly caps: readonly number[]; readonly epochs: number } | null;
  readonly efficiency: { readonly caps: readonly number[]; readonly least: number } | null;
  readonly caps: readonly Share[];
  readonly minimums: readonly Share[];
  readonly pinned: readonly Share[];
  readonly excluded: readonly string[];
  readonly groups: readonly GroupConstraint[];
  readonly minimumNonzero: number;
}

const shown = (value: number) => String(Number(value.toPrecision(4)));

/** The limits asked for, each with a label that a message can name it by; limits at 0 or 1 that say nothing left out. */
export function limitsOf(names: readonly string[], asked: AskedLimits): Limit[] {
  const limits: Limit[] = [];
  const single = (kind: LimitKind, i: number, min: number, max: number, label: string) => {
    if (min > 0 || max < 1) limits.push({ kind, name: names[i]!, label, members: [i], min, max });
  };
  const { epochs, efficiency, minimumNonzero } = asked;
  epochs?.caps.forEach((cap, i) => {
    single('epochs', i, 0, cap, `"${names[i]}" <= ${shown(cap)} (${shown(epochs.epochs)} epochs)`);
  });
  efficiency?.caps.forEach((cap, i) => {
    single('efficiency', i, 0, cap, `"${names[i]}" <= ${shown(cap)} (efficiency ${shown(efficiency.least)})`);
  });
  for (const name of asked.excluded) {
    single('licence', names.indexOf(name), 0, 0, `"${name}" = 0 (licence excluded)`);
  }
  for (const { i, value } of asked.caps) single('cap', i, 0, value, `cap of "${names[i]}" ${shown(value)}`);
  for (const { i, value } of asked.minimums) single('minimum', i, value, 1, `minimum of "${names[i]}" ${shown(value)}`);
  for (const { i, value } of asked.pinned) {
    single('pinned', i, value, value, `"${names[i]}" pinned at ${shown(value)}`);
  }
  for (const { name, domains, min = 0, max = 1 } of asked.groups) {
    const members = [...new Set(domains.map((domain) => names.indexOf(domain)))].sort((a, b) => a - b);
    if (min > 0) {
      limits.push({ kind: 'group-min', name, label: `group "${name}" >= ${shown(min)}`, members, min, max: 1 });
    }
    if (max < 1) {
      limits.push({ kind: 'group-max', name, label: `group "${name}" <= ${shown(max)}`, members, min: 0, max });
    }
  }
  if (minimumNonzero > 0) {
    const upper = names.map(() => 1);
    for (const { members, max } of limits) for (const i of members) upper[i] = Math.min(upper[i]!, max);
    upper.forEach((u, i) => {
      if (u >= minimumNonzero) return;
      const label = `"${names[i]}" = 0 (its limits keep it below the smallest nonzero weight ${shown(minimumNonzero)})`;
      single('minimum-nonzero', i, 0, 0, label);
    });
  }
  return limits;
}
