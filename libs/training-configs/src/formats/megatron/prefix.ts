import { InvalidInputError } from '#libs/simplex';
import type { CanonicalWeight } from '../../canonical-proposal.js';
import type { ExportOptions } from '../../format.js';

// What Python's float() reads, digits of any script included: Megatron takes such a word for a weight.
const PYTHON_NUMBER =
  /^[+-]?(?:(?:\p{Nd}(?:_?\p{Nd})*\.?(?:\p{Nd}(?:_?\p{Nd})*)?|\.\p{Nd}(?:_?\p{Nd})*)(?:e[+-]?\p{Nd}(?:_?\p{Nd})*)?|inf(?:inity)?|nan)$/iu;

/**
 * The dataset prefix of a domain: its registered `megatron` location, or the option `prefix` with {domain} filled in.
 * Throws LOCATION_MISSING or LOCATION_INVALID, naming the domain and the way out.
 */
export function megatronPrefix({ domain, locations }: CanonicalWeight, options: ExportOptions): string {
  const registered = locations && Object.hasOwn(locations, 'megatron') ? locations.megatron : undefined;
  const template = typeof options.prefix === 'string' ? options.prefix : undefined;
  const prefix = registered ?? template?.replaceAll('{domain}', () => domain);
  if (prefix === undefined) {
    throw new InvalidInputError(
      'LOCATION_MISSING',
      `megatron needs to know where "${domain}" lies: give its prefix as locations.megatron when registering the ` +
        'corpus, or pass a template for all domains, such as --prefix /data/{domain}_text_document',
      { argument: 'prefix', domains: [domain], allowed: 'a template such as /data/{domain}_text_document' },
    );
  }
  assertLegalPrefix(prefix, `the prefix of "${domain}"`, [domain]);
  return prefix;
}

/** Throws LOCATION_INVALID for a prefix that Megatron would split, take for a weight, or not find. */
export function assertLegalPrefix(prefix: string, what: string, domains: readonly string[] = []): void {
  const refuse = (why: string): never => {
    throw new InvalidInputError('LOCATION_INVALID', `${what} ${why}: ${JSON.stringify(prefix)}`, {
      argument: 'prefix',
      value: prefix,
      domains,
    });
  };
  if (prefix === '') refuse('is empty');
  if (/[\s\p{Cc}\p{Cs}]/u.test(prefix)) refuse('contains white space or a control character, where Megatron splits');
  if (PYTHON_NUMBER.test(prefix)) refuse('looks like a number, which Megatron takes for a weight');
  if (/\.(?:bin|idx)$/i.test(prefix)) refuse('ends in .bin or .idx, but Megatron wants the name without it');
}
