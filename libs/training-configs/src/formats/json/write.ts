import { unitDescriptions } from '../../export/units.js';
import type { ExportPlan, PlannedPhase, Written } from '../../format.js';

/**
 * mixture.json: numbers in fixed decimals, so that no reader meets an exponent. One mixture has `weights` and `epochs` at
 * the top, several have them in `phases`.
 */
export function writeJson({ proposal, phases, unit, targetTokens }: ExportPlan): Written {
  const rest = {
    proposalId: proposal.proposalId,
    hash: proposal.hash,
    createdAt: proposal.createdAt,
    unit: unitDescriptions[unit],
    targetTokens: targetTokens ?? null,
    provenance: proposal.provenance,
  };
  const head = JSON.stringify(rest, null, 2).replace(/\n\}$/, '');
  const starts = phases.map(({ start }) => start.toFixed(12));
  const body =
    phases.length === 1
      ? mixtureLines(phases[0]!, '  ').join(',\n')
      : `  "phases": [\n${phases.map((phase, i) => phaseText(phase, starts[i]!)).join(',\n')}\n  ]`;
  return {
    files: [{ path: 'mixture.json', content: `${head},\n${body}\n}\n` }],
    usage: [
      phases.length === 1
        ? '`weights` holds the share of training tokens by domain.'
        : '`phases[].weights` holds the share of training tokens by domain; `start` the share of the run before it.',
    ],
    starts: starts.map(Number),
  };
}

function phaseText(phase: PlannedPhase, start: string): string {
  const lines = [`      "name": ${JSON.stringify(phase.name)}`, `      "start": ${start}`];
  return `    {\n${[...lines, ...mixtureLines(phase, '      ')].join(',\n')}\n    }`;
}

/** `weights` and `epochs`; the epochs are null where the tokens of the domains or the length of the run are unknown. */
function mixtureLines({ entries }: PlannedPhase, indent: string): string[] {
  const weights = entries.map(({ domain, text }) => [domain, text] as const);
  const epochs = entries.flatMap(({ domain, epochs }) =>
    epochs === undefined ? [] : [[domain, epochs.toFixed(6)] as const],
  );
  const object = (pairs: readonly (readonly [string, string])[]) =>
    `{\n${pairs.map(([domain, number]) => `${indent}  ${JSON.stringify(domain)}: ${number}`).join(',\n')}\n${indent}}`;
  return [
    `${indent}"weights": ${object(weights)}`,
    `${indent}"epochs": ${epochs.length > 0 ? object(epochs) : 'null'}`,
  ];
}
