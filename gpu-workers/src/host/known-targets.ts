import { type Assignment, type ExpertLoad, isTransformer, type Loss } from '#libs/contracts';

/** What a run measures: what the user's program says it does, else a held-out loss of each domain. */
export function targetsOf({ trainer, domains }: Pick<Assignment, 'trainer' | 'domains'>): readonly string[] {
  return (!isTransformer(trainer) && trainer.targets) || domains.map(({ name }) => name);
}

/** The losses of targets, and the names of those which nobody asked for. */
export function keepTargets(losses: Readonly<Record<string, Loss>>, targets: readonly string[]) {
  const kept: Record<string, Loss> = {};
  const missing: string[] = [];
  for (const target of targets) {
    const loss = Object.hasOwn(losses, target) ? losses[target] : undefined;
    if (loss === undefined) missing.push(target);
    else kept[target] = loss;
  }
  return { kept, missing, unknown: Object.keys(losses).filter((target) => !targets.includes(target)) };
}

/** A load of a domain that the run does not have says nothing. */
export function keepDomains(loads: readonly ExpertLoad[], { domains }: Pick<Assignment, 'domains'>): ExpertLoad[] {
  return loads.filter(({ domain }) => domains.some(({ name }) => name === domain));
}
