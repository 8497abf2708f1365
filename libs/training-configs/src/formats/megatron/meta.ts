import type { ExportPlan } from '../../format.js';

/**
 * blend.meta.json: which proposal the files hold, the unit of the weights, the epochs to expect per domain, and the
 * flags to pass. Megatron repeats a source as often as the weights ask and says nothing, so the epochs matter.
 */
export function megatronMeta(
  { proposal, entries, dropped, warnings }: ExportPlan,
  decimals: readonly string[],
  { valid, test }: { valid: readonly string[] | null; test: readonly string[] | null },
): string {
  // Evaluating a split without data ends the training at the first evaluation: its iterator is None.
  const evaluate = valid ? [] : ['--eval-iters', '0'];
  const several = valid && valid.length > 1 ? ['--multiple-validation-sets'] : [];
  const meta = {
    format: 'megatron',
    proposalId: proposal.proposalId,
    hash: proposal.hash,
    createdAt: proposal.createdAt,
    unit: 'share of packed sequences of --seq-length tokens, which is the share of training tokens',
    targetTokens: proposal.targetTokens ?? null,
    domains: entries.map(({ domain, key, epochs, tokens }, i) => ({
      domain,
      prefix: key,
      weight: decimals[i],
      epochs: epochs ?? null,
      availableTokens: tokens ?? null,
      trainingTokens:
        proposal.targetTokens === undefined ? null : Math.round(entries[i]!.weight * proposal.targetTokens),
    })),
    dropped,
    warnings,
    flags: {
      perSplit: ['--per-split-data-args-path', 'blend.per-split.json', ...several, ...evaluate],
      single: ['--data-args-path', 'blend.txt', '--split', '100,0,0', '--eval-iters', '0'],
    },
    notes: [
      'Use one of the two: perSplit (also the form that --dataloader-fast-cache-load accepts) or single.',
      '--data-args-path needs --split. With 99,1,0 instead of 100,0,0 and no --eval-iters 0, one percent of every domain is held out for validation.',
      ...(several.length > 0 ? ['--multiple-validation-sets reports one loss per validation prefix.'] : []),
      ...(test ? ['The test prefixes are evaluated once, after training.'] : []),
      ...(valid || test
        ? []
        : ['Validation prefixes can be given with the option valid; until then evaluation is off.']),
    ],
    provenance: proposal.provenance,
  };
  return `${JSON.stringify(meta, null, 2)}\n`;
}
