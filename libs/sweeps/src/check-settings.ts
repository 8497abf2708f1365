import type { ObjectiveSpec, ParetoSpec } from '#libs/contracts';
import { targetsAsked } from '#libs/proposals';
import { boundsOf } from './bounds.js';
import type { CorpusRecord, ProposalSettings, SweepRecord } from './ports/records.js';
import { InvalidField } from './sweeps.errors.js';

/** Refuses what no proposal of the sweep could be made with, naming the field. */
export async function checkProposalSettings(
  sweep: Pick<SweepRecord, 'targets' | 'prior' | 'specification'>,
  corpus: CorpusRecord,
  { objective, constraints, pareto }: Pick<ProposalSettings, 'objective' | 'constraints' | 'pareto'>,
): Promise<void> {
  checkTargets(objective, pareto, sweep.targets);
  checkKnowledge(objective, constraints, corpus, sweep.specification.prior !== undefined);
  await boundsOf(constraints, corpus, sweep.specification.prior && sweep.prior);
}

export function checkTargets(
  objective: ObjectiveSpec,
  pareto: ParetoSpec | undefined,
  targets: readonly string[],
): void {
  const unknown = namedTargets(objective, pareto).filter(({ target }) => !targets.includes(target));
  if (unknown.length === 0) return;
  const names = [...new Set(unknown.map(({ target }) => `"${target}"`))].join(', ');
  throw new InvalidField(
    unknown[0]!.field,
    `unknown target ${names}; the runs measure the loss of ${targets.join(', ')}`,
    'target-unknown',
  );
}

/** Refuses to count a target that has no fit, with the reason it has none. */
export function checkFitted(
  { objective, pareto }: Pick<ProposalSettings, 'objective' | 'pareto'>,
  unfitted: Readonly<Record<string, string>>,
): void {
  const asked = targetsAsked(objective, pareto);
  const without = namedTargets(objective, pareto).find(
    ({ target }) => Object.hasOwn(unfitted, target) && asked.includes(target),
  );
  if (!without) return;
  const { field, target } = without;
  const message = `target "${target}" has no fit, so no proposal can count it: ${unfitted[target]}`;
  throw new InvalidField(field, message, 'target-unfitted');
}

function namedTargets(objective: ObjectiveSpec, pareto: ParetoSpec | undefined): { field: string; target: string }[] {
  return [
    ...Object.keys(objective.targets ?? {}).map((target) => ({ field: `objective.targets.${target}`, target })),
    ...Object.entries(pareto?.groups ?? {}).flatMap(([group, weights]) =>
      Object.keys(weights).map((target) => ({ field: `pareto.groups.${group}.${target}`, target })),
    ),
  ];
}

/** What is said of epochs means nothing where nobody knows how much text there is. */
export function checkKnowledge(
  objective: ObjectiveSpec,
  constraints: ProposalSettings['constraints'],
  corpus: CorpusRecord,
  priorKnown: boolean,
): void {
  if (corpus.domains.every(({ tokens }) => tokens !== null)) return;
  const refuse = (field: string, needs: string) => {
    throw new InvalidField(field, `needs ${needs}: nothing says how much text there is`, 'tokens-missing');
  };
  if (constraints.targetTokens !== undefined) refuse('constraints.targetTokens', 'the tokens of every domain');
  if (objective.repetition && !priorKnown) refuse('objective.repetition', 'the tokens of every domain, or a prior');
  for (const name of ['maxEpochs', 'minimumEfficiency'] as const) {
    if (constraints[name] !== undefined && !priorKnown) {
      refuse(`constraints.${name}`, 'the tokens of every domain, or a prior');
    }
  }
}
