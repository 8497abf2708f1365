import type { ObjectiveSpec, ParetoSpec } from '#libs/contracts';
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
  const named = [
    ...Object.keys(objective.targets ?? {}).map((target) => ({ field: `objective.targets.${target}`, target })),
    ...Object.entries(pareto?.groups ?? {}).flatMap(([group, weights]) =>
      Object.keys(weights).map((target) => ({ field: `pareto.groups.${group}.${target}`, target })),
    ),
  ];
  const unknown = named.filter(({ target }) => !targets.includes(target));
  if (unknown.length === 0) return;
  const names = [...new Set(unknown.map(({ target }) => `"${target}"`))].join(', ');
  throw new InvalidField(
    unknown[0]!.field,
    `unknown target ${names}; the runs measure the loss of ${targets.join(', ')}`,
    'target-unknown',
  );
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
