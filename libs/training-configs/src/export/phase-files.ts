// A trainer that holds one mixture a run gets a folder for each phase, and a page on how to go from one to the next.
import type { ExportedFile, PlannedPhase } from '../format.js';
import { shortNumber } from './header.js';

export function phaseFolder(index: number, name: string): string {
  const numbered = `phase-${index + 1}`;
  return name === numbered ? `${name}/` : `${numbered}-${name}/`;
}

/** PHASES.md. @param how the format's own words on relaunching */
export function relaunchGuide(
  trainer: string,
  how: string,
  phases: readonly PlannedPhase[],
  targetTokens: number | undefined,
): ExportedFile {
  const lines = phases.map(({ name, start, tokens }, i) => {
    const begin = targetTokens === undefined ? '' : ` (token ${Math.round(start * targetTokens)})`;
    const length = tokens === undefined ? '' : `, for ${Math.round(tokens)} tokens`;
    return `${i + 1}. \`${phaseFolder(i, name)}\`: from ${shortNumber(100 * start)} % of the run${begin}${length}`;
  });
  const content = `# Phases for ${trainer}\n\nOne launch for each phase, in this order:\n\n${lines.join('\n')}\n\n${how}\n`;
  return { path: 'PHASES.md', content };
}

/** What begins a sentence that holds for the folder of each phase. */
export const EACH_PHASE = 'In the folder of each phase: ';

/** Sentences on the files of each folder, each once: what holds in all of them, then what is different in some. */
export function usageOfPhases(
  phases: readonly { readonly folder: string; readonly lines: readonly string[] }[],
): string[] {
  if (phases.length === 1) return [...phases[0]!.lines];
  const everywhere = phases[0]!.lines.filter((line) => phases.every(({ lines }) => lines.includes(line)));
  return [
    ...everywhere.map((line) => `${EACH_PHASE}${line}`),
    ...phases.flatMap(({ folder, lines }) =>
      lines.filter((line) => !everywhere.includes(line)).map((line) => `${folder} ${line}`),
    ),
  ];
}
