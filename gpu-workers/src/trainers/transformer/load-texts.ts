import { tokensPerRun } from '#libs/contracts';
import { ConfigurationError } from '../../data/data.errors.js';
import { keptTokens } from '../../data/keep-documents.js';
import { type DomainText, loadDomain } from '../../data/load-domain.js';
import { loadTokenizer } from '../../data/text-tokenizer.js';
import type { TransformerAssignment } from './transformer-assignment.js';

/**
 * The text of every domain, in the assignment's order: split, tokenised and cut down as its parameters say.
 * Throws DataError or ConfigurationError.
 */
export function loadTexts({
  parameters,
  domains,
  tokenizerPath,
  tokenCacheFolder,
}: TransformerAssignment): DomainText[] {
  if ((tokenizerPath === undefined) !== (parameters.tokenizer === undefined)) {
    throw new ConfigurationError(
      `tokenizer: parameters.tokenizer is ${parameters.tokenizer ?? 'absent'} and tokenizerPath, its place on this worker, ` +
        `is ${tokenizerPath ?? 'absent'}; give both or neither`,
    );
  }
  const tokenizer = tokenizerPath === undefined ? undefined : loadTokenizer(tokenizerPath, parameters.vocabulary);
  return domains.map((domain) =>
    loadDomain(domain, {
      heldOutShare: parameters.heldOutShare,
      minimumTokens: parameters.contextLength + 1,
      trains: domain.weight > 0,
      keep: { tokens: keptTokens(parameters, domain.tokens), draws: domain.weight * tokensPerRun(parameters) },
      ...(tokenizer && { tokenizer }),
      ...(tokenCacheFolder !== undefined && { cacheFolder: tokenCacheFolder }),
    }),
  );
}
