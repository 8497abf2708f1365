import type { Confirmation, FitResponse, RunResponse, SweepResponse } from '#libs/contracts';
import { type ReadProposalDocument, readDiagnostics } from '../client/documents.js';

type Losses = Record<string, number | 'NaN' | 'Infinity' | '-Infinity'>;

/** What `cuvee demo --json FILE` writes, for a program that checks the whole job. Losses are nats per token. */
export interface DemoReport {
  sweep: { id: string; name: string; state: string; seconds: number; specification: SweepResponse['specification'] };
  backend: string | null;
  runs: {
    weights: Record<string, number>;
    losses: Losses;
    tokens: number | null;
    seconds: number | null;
    role: RunResponse['role'];
    seed: number;
  }[];
  /** By target; beside them the mean of the targets' out-of-fold rank correlations. */
  fit: Record<string, unknown> & { outOfFoldSpearman: number | null };
  proposal: {
    id: string;
    weights: Record<string, number>;
    predicted: Record<string, unknown>;
    predictedObjective: unknown;
    epochs: Record<string, number> | null;
    natural: Record<string, number>;
    /** What the fit alone recommends, before the confirmation runs have spoken. */
    recommended: ReadProposalDocument['recommended'];
    abstained: { reason: string } | null;
  };
  confirmation: Confirmation;
  files: string[];
}

export function buildReport(input: {
  sweep: SweepResponse;
  confirmation: Confirmation;
  fit: FitResponse;
  proposalId: string;
  document: ReadProposalDocument;
  runs: readonly RunResponse[];
  files: string[];
}): DemoReport {
  const { sweep, document } = input;
  const diagnostics = readDiagnostics(input.fit);
  const { id, name, state, progress, specification } = sweep;
  return {
    sweep: { id, name, state, seconds: progress.secondsElapsed, specification },
    backend: backendsOf(input.runs),
    runs: input.runs.flatMap((run) => {
      if (run.observation === null) return [];
      const { losses, tokens, seconds } = run.observation;
      const inNats = Object.entries(losses).map(([target, loss]) => [target, loss.natsPerToken] as const);
      return [
        { weights: run.weights, losses: Object.fromEntries(inNats), tokens, seconds, role: run.role, seed: run.seed },
      ];
    }),
    fit: {
      ...Object.fromEntries(
        Object.entries(diagnostics).map(([target, { model, rows, outOfFold, signal }]) => [
          target,
          {
            model,
            runs: rows,
            outOfFoldSpearman: outOfFold.spearman,
            mae: outOfFold.mae,
            r2: outOfFold.r2,
            signal: signal.present,
          },
        ]),
      ),
      outOfFoldSpearman: meanOf(Object.values(diagnostics).map(({ outOfFold }) => outOfFold.spearman)),
    },
    proposal: {
      id: input.proposalId,
      weights: document.weights,
      predicted: document.predicted,
      predictedObjective: document.predictedObjective,
      epochs: document.epochs,
      natural: document.baselines.natural.weights,
      recommended: document.recommended,
      abstained: document.abstained,
    },
    confirmation: input.confirmation,
    files: input.files,
  };
}

/** The backend that trained the runs; several, when workers differ. */
export function backendsOf(runs: readonly RunResponse[]): string | null {
  const names = new Set(runs.flatMap((run) => run.observation?.backend ?? []));
  return names.size === 0 ? null : [...names].sort().join(', ');
}

function meanOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}
