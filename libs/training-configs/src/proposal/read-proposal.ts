import { InvalidInputError, normaliseWeights } from '#libs/simplex';
import type { CanonicalDomain, CanonicalPhase, CanonicalProposal } from './canonical-proposal.js';
import { isRecord } from './is-record.js';
import { readPhases } from './read-phases.js';

/** What the document may lack and the caller knows: each wins over the document. */
export interface ProposalDetails {
  readonly proposalId?: string;
  readonly hash?: string;
  readonly createdAt?: string;
  readonly targetTokens?: number;
  readonly maxEpochs?: number;
  /** Tokens available, by domain. */
  readonly tokens?: Readonly<Record<string, number>>;
  /** Documents, by domain. */
  readonly documents?: Readonly<Record<string, number>>;
  /** Which weights are read: those proposed, or those that the document recommends. Default "proposal". */
  readonly mixture?: 'proposal' | 'recommended';
  /** Locations of each domain by format, by domain: what a corpus registers. */
  readonly locations?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads the document that `cuvee propose --json` prints, or that GET /v1/proposals/:id answers (there the rest of it
 * lies under `document`). `weights` is a record by domain or a list of { domain, weight }. A document may hold `phases`
 * in place of weights: a list of { name, start, weights }, where start is the share of the run before it.
 * Throws InvalidInputError: PROPOSAL_SHAPE, PROPOSAL_WEIGHTS_MISSING, PROPOSAL_FIELD, PHASES, DOMAIN_UNPRINTABLE, or
 * what `normaliseWeights` throws for weights that are no mixture.
 */
export function canonicalProposal(document: unknown, details: ProposalDetails = {}): CanonicalProposal {
  if (!isRecord(document)) {
    throw new InvalidInputError('PROPOSAL_SHAPE', 'the proposal must be a JSON object', {
      argument: 'proposal',
      value: Array.isArray(document) ? 'an array' : typeof document,
    });
  }
  const inner = isRecord(document.document) ? document.document : {};
  const field = (name: string): unknown => document[name] ?? inner[name];

  const recommendation = readRecommendation(field('recommended'));
  const other = details.mixture === 'recommended' ? requireRecommendation(recommendation) : null;
  const id = details.proposalId ?? text('id', field('id') ?? field('proposalId'));
  // No proposal has the weights of another mixture, but the files must still lead back to what they come from.
  const proposalId = other && id !== null ? `${id}:${other.mixture}` : id;
  const hash = details.hash ?? text('hash', field('hash'));
  const listed = other
    ? [{ name: 'all', start: 0, weights: other.weights }]
    : readPhases(field('phases'), field('weights'));
  const read = listed.map((phase) => ({ ...phase, mixture: readWeights(phase.weights) }));
  const names = [...new Set(read.flatMap(({ mixture: [domains] }) => domains))];
  for (const name of names) assertPrintable(name);
  const notes: string[] = [];
  const phases = read.map(({ name, start, mixture: [domains, values] }): CanonicalPhase => {
    const { weights, sum, renormalised } = normaliseWeights(domains, values);
    if (renormalised) {
      const which = listed.length > 1 ? `the weights of phase ${name}` : 'weights';
      notes.push(`${which} summed to ${Number(sum.toPrecision(12))}; each was divided by that sum`);
    }
    const byDomain = new Map(domains.map((domain, i) => [domain, weights[i]!]));
    return { name, start, weights: names.map((domain) => byDomain.get(domain) ?? 0), proposalId, hash };
  });

  const constraints = field('constraints');
  const constraint = (name: string) => (isRecord(constraints) ? constraints[name] : undefined);
  const targetTokens =
    details.targetTokens ?? positive('targetTokens', field('targetTokens') ?? constraint('targetTokens'));
  const maxEpochs = details.maxEpochs ?? positive('maxEpochs', field('maxEpochs') ?? constraint('maxEpochs'));
  const tokens = numbersByDomain('tokens', details.tokens ?? field('tokens') ?? field('availableTokens'), names);
  const documents = numbersByDomain('documents', details.documents ?? field('documents'), names);
  const provenance = isRecord(field('provenance')) ? (field('provenance') as Json) : {};

  return {
    proposalId,
    mixture: other?.mixture ?? 'proposal',
    recommended: recommendation?.mixture ?? null,
    hash,
    createdAt: details.createdAt ?? text('createdAt', field('createdAt')),
    targetTokens,
    maxEpochs,
    provenance: other ? { ...provenance, mixture: other.mixture, reason: other.reason } : provenance,
    notes,
    phases,
    domains: names.map(
      (domain): CanonicalDomain => ({
        domain,
        tokens: tokens.get(domain),
        documents: documents.get(domain),
        locations:
          details.locations && Object.hasOwn(details.locations, domain) ? details.locations[domain] : undefined,
      }),
    ),
  };
}

interface Recommendation {
  readonly mixture: string;
  readonly weights: unknown;
  readonly reason: unknown;
}

/** Null in a document without one, such as weights written by hand. */
function readRecommendation(value: unknown): Recommendation | null {
  if (!isRecord(value) || typeof value.mixture !== 'string') return null;
  return { mixture: value.mixture, weights: value.weights, reason: value.reason };
}

/** The mixture recommended, or null where that is the proposal itself. Throws PROPOSAL_FIELD. */
function requireRecommendation(recommendation: Recommendation | null): Recommendation | null {
  if (recommendation) return recommendation.mixture === 'proposal' ? null : recommendation;
  throw new InvalidInputError('PROPOSAL_FIELD', 'the document recommends no mixture: it has no `recommended`', {
    argument: 'recommended',
  });
}

function readWeights(value: unknown): [names: string[], values: number[]] {
  const pairs = Array.isArray(value)
    ? value.map((item): [unknown, unknown] => (isRecord(item) ? [item.domain, item.weight] : [undefined, undefined]))
    : isRecord(value)
      ? Object.entries(value)
      : [];
  if (pairs.length === 0) {
    throw new InvalidInputError(
      'PROPOSAL_WEIGHTS_MISSING',
      'the proposal has no `weights`: expected {"domain": weight, …} as `cuvee propose --json` prints it',
      { argument: 'weights' },
    );
  }
  const names: string[] = [];
  const values: number[] = [];
  for (const [name, weight] of pairs) {
    if (typeof name !== 'string' || typeof weight !== 'number') {
      throw new InvalidInputError('PROPOSAL_FIELD', `the weight of "${String(name)}" must be a number`, {
        argument: `weights.${String(name)}`,
        value: weight,
        allowed: '[0, 1]',
      });
    }
    names.push(name);
    values.push(weight);
  }
  return [names, values];
}

/** Control characters and lone surrogates survive no text format unchanged. */
function assertPrintable(name: string): void {
  if (/[\p{Cc}\p{Cs}\u2028\u2029\ufffe\uffff]/u.test(name)) {
    throw new InvalidInputError(
      'DOMAIN_UNPRINTABLE',
      `the domain name ${JSON.stringify(name)} holds a control character or broken Unicode`,
      { argument: 'weights', value: name, domains: [name] },
    );
  }
}

function numbersByDomain(what: string, value: unknown, names: readonly string[]): Map<string, number> {
  const found = new Map<string, number>();
  if (value === undefined || value === null) return found;
  if (!isRecord(value)) {
    throw new InvalidInputError('PROPOSAL_FIELD', `\`${what}\` must be an object of numbers by domain`, {
      argument: what,
    });
  }
  for (const name of names) {
    const number = Object.hasOwn(value, name) ? value[name] : undefined;
    if (number === undefined || number === null) continue;
    if (typeof number !== 'number' || !Number.isFinite(number) || number < 0) {
      throw new InvalidInputError('PROPOSAL_FIELD', `${what} of "${name}" must be a number >= 0; got ${number}`, {
        argument: `${what}.${name}`,
        value: number,
        allowed: '[0, ∞)',
        domains: [name],
      });
    }
    if (number === 0) continue;
    found.set(name, number);
  }
  return found;
}

function positive(what: string, value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value;
  throw new InvalidInputError('PROPOSAL_FIELD', `\`${what}\` must be a number above 0; got ${String(value)}`, {
    argument: what,
    value,
    allowed: '(0, ∞)',
  });
}

function text(what: string, value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') return value;
  throw new InvalidInputError('PROPOSAL_FIELD', `\`${what}\` must be text`, { argument: what, value });
}
