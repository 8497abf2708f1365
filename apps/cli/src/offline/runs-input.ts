import type { Command } from 'commander';
import { type LabelledText, type RunTable, readRunLines, readRunTables } from '#libs/run-tables';
import { UnusableInput } from '../cli.errors.js';
import { readTextFile } from '../read-text-file.js';
import { blamingInput } from './unusable-input.js';

export interface RunsOptions {
  weights?: string;
  losses?: string;
  runs?: string;
}

export function addRunsOptions(command: Command): Command {
  return command
    .option('--weights <file>', 'CSV of domain weights, one row per run, with a column run, run_id or index')
    .option('--losses <file>', 'CSV of losses of the same runs')
    .option('--runs <file>', 'instead of the pair: JSON lines, {"id": 1, "weights": {…}, "losses": {…}} on each');
}

export interface RunTexts {
  /** The file whose columns are the targets, for messages. */
  readonly lossesLabel: string;
  /** The texts by role. */
  readonly texts: Readonly<Record<string, LabelledText>>;
}

/** Reads the files that hold the runs. Throws UnusableInput unless they are --runs alone, or --weights and --losses. */
export async function readRunTexts({ weights, losses, runs }: RunsOptions): Promise<RunTexts> {
  if (runs !== undefined) {
    if (weights !== undefined || losses !== undefined) {
      throw new UnusableInput('--runs holds weights and losses: leave out --weights and --losses');
    }
    return { lossesLabel: runs, texts: { runs: await readTextFile(runs) } };
  }
  if (weights === undefined || losses === undefined) {
    const lacking =
      weights === undefined && losses === undefined ? 'no runs are given' : 'one file of the pair is missing';
    throw new UnusableInput(`${lacking}: --weights and --losses name a pair of CSV files, --runs a file of JSON lines`);
  }
  return {
    lossesLabel: losses,
    texts: { weights: await readTextFile(weights), losses: await readTextFile(losses) },
  };
}

export function parseRuns({ texts }: RunTexts): Promise<RunTable> {
  return blamingInput(() =>
    texts.runs ? readRunLines(texts.runs) : readRunTables({ weights: texts.weights!, losses: texts.losses! }),
  );
}
