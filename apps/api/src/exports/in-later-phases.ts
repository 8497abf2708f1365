import { InvalidInputError } from '#libs/simplex';
import { contentHash, InvalidField, NotFound, StateConflict, type SweepContext } from '#libs/sweeps';
import { inPhases, readLaterPhase } from '#libs/training-configs';
import { findProposedMixture, findRecommendedMixture, type MixtureToExport, withAttention } from './find-mixture.js';

/**
 * One run in several phases: the first mixture from the start, and from each later `[name=]ID@start` on that of a
 * proposal, or of a sweep, whose recommended mixture counts. Throws InvalidField or InvalidInputError, naming `then`.
 * @param complete what is done to each mixture before they are joined
 */
export async function inLaterPhases(
  context: SweepContext,
  first: MixtureToExport,
  then: readonly string[],
  complete: (mixture: MixtureToExport) => MixtureToExport = (mixture) => mixture,
): Promise<MixtureToExport> {
  const begin = complete(first);
  if (then.length === 0) return begin;
  const later: { name: string | null; start: number; mixture: MixtureToExport }[] = [];
  for (const text of then) {
    const { name, start, reference } = readLaterPhase(text);
    later.push({ name, start, mixture: complete(await findReferred(context, reference)) });
  }
  const canonical = namingThen(() =>
    inPhases(
      begin.canonical,
      later.map(({ mixture, ...when }) => ({ ...when, proposal: mixture.canonical })),
    ),
  );
  const parts = [begin, ...later.map(({ mixture }) => mixture)];
  const notes = contestedDomains(parts).map(
    (name) => `the corpora of the phases do not agree on "${name}": what that of the first says of it counts`,
  );
  const sentences = parts.flatMap(({ attention }, i) =>
    attention === null ? [] : [`phase ${canonical.phases[i]!.name}: ${attention}`],
  );
  const attention = sentences.length > 0 ? sentences.join(' ') : null;
  return {
    ...begin,
    attention,
    canonical: withAttention({ ...canonical, notes: [...canonical.notes, ...notes] }, attention),
  };
}

/** Domains of one name of which the corpora say different things: one size and one place stand in the files. */
function contestedDomains(mixtures: readonly MixtureToExport[]): string[] {
  const said = new Map<string, Set<string>>();
  for (const { domain, ...facts } of mixtures.flatMap(({ canonical }) => canonical.domains)) {
    said.set(domain, (said.get(domain) ?? new Set()).add(contentHash(facts)));
  }
  return [...said].flatMap(([domain, versions]) => (versions.size > 1 ? [domain] : []));
}

async function findReferred(context: SweepContext, id: string): Promise<MixtureToExport> {
  try {
    // What cannot be an id is not looked for: not every text is one that a database takes.
    if (!/^[A-Za-z0-9_-]{1,64}$/.test(id)) throw new NotFound('proposal', id);
    const isSweep = (await context.store.findSweep(id)) !== null;
    return await (isSweep ? findRecommendedMixture(context, id) : findProposedMixture(context, id));
  } catch (error) {
    if (error instanceof NotFound) {
      throw new InvalidField('then', `there is no proposal or sweep "${id}"`, 'proposal-not-found');
    }
    if (error instanceof StateConflict) throw new InvalidField('then', error.message, 'proposal-not-found');
    throw error;
  }
}

/** What is wrong with the phases is wrong with what they were made of. */
function namingThen<T>(compute: () => T): T {
  try {
    return compute();
  } catch (error) {
    if (!(error instanceof InvalidInputError) || error.code !== 'PHASES') throw error;
    throw new InvalidInputError(error.code, error.message, { ...error.details, argument: 'then' });
  }
}
