import { InvalidInputError, normaliseWeights } from '#libs/simplex';
import type { CanonicalProposal, CanonicalWeight } from './canonical-proposal.js';

/** What the document may lack and the caller knows: each wins over the document. */
export interface ProposalDetails {
  readonly proposalId?: string;
  readonly hash?: string;
  readonly createdAt?: string;
  readonly targetTokens?: number;
  /** Tokens available, by domain. */
  readonly tokens?: Readonly<Record<string, number>>;
  /** Which weights are read: those proposed, or those that the document recommends. Default "proposal". */
  readonly mixture?: 'proposal' | 'recommended';
  /** Locations of each domain by format, by domain: what a corpus registers. */
  readonly locations?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads the document that `cuvee propose --json` prints, or that GET /v1/proposals/:id answers (there the rest of it
 * lies under `document`). `weights` is a record by domain or a list of { domain, weight }. The epochs in the document
 * are those of the proposal: for another mixture they are computed from tokens and the length of the run.
 * Throws InvalidInputError: PROPOSAL_SHAPE, PROPOSAL_WEIGHTS_MISSING, PROPOSAL_FIELD, DOMAIN_UNPRINTABLE, or what
 * `normaliseWeights` throws for weights that are no mixture.
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
  const [names, values] = readWeights(other ? other.weights : field('weights'));
  for (const name of names) assertPrintable(name);
  const { weights, sum, renormalised } = normaliseWeights(names, values);

  const constraints = field('constraints');
  const targetTokens =
    details.targetTokens ??
    positive('targetTokens', field('targetTokens') ?? (isRecord(constraints) ? constraints.targetTokens : undefined));
  const tokens = numbersByDomain('tokens', details.tokens ?? field('tokens') ?? field('availableTokens'), names);
  const epochs = numbersByDomain('epochs', other ? undefined : field('epochs'), names);
  const id = details.proposalId ?? text('id', field('id') ?? field('proposalId'));
  const provenance = isRecord(field('provenance')) ? (field('provenance') as Json) : {};

  return {
    // No proposal has the weights of another mixture, but the files must still lead back to what they come from.
    proposalId: other && id !== null ? `${id}:${other.mixture}` : id,
    mixture: other?.mixture ?? 'proposal',
    recommended: recommendation?.mixture ?? null,
    hash: details.hash ?? text('hash', field('hash')),
    createdAt: details.createdAt ?? text('createdAt', field('createdAt')),
    targetTokens,
    provenance: other ? { ...provenance, mixture: other.mixture, reason: other.reason } : provenance,
    notes: renormalised ? [`weights summed to ${Number(sum.toPrecision(12))}; each was divided by that sum`] : [],
    weights: names.map((domain, i): CanonicalWeight => {
      const available = tokens.get(domain);
      const computed =
        available !== undefined && targetTokens !== undefined
          ? Number(((weights[i]! * targetTokens) / available).toPrecision(12))
          : undefined;
      return {
        domain,
        weight: weights[i]!,
        epochs: epochs.get(domain) ?? computed,
        tokens: available,
        locations:
          details.locations && Object.hasOwn(details.locations, domain) ? details.locations[domain] : undefined,
      };
    }),
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
  if (/[\p{Cc}\p{Cs}\u2028\u2029]/u.test(name)) {
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
    if (what === 'tokens' && number === 0) continue;
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

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
