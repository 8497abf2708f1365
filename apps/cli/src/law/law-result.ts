import type { BestMixture, LawPrediction } from '#libs/mixing-laws';
import type { MeasuredSignal } from './choose-scale.js';
import type { FittedForm, Form } from './law-form.js';
import type { WrittenPredictions } from './law-predictions.js';
import type { LawTable } from './law-table.js';

export interface PredictedRun {
  readonly run: string;
  readonly weights: Readonly<Record<string, number>> | null;
  readonly size: number;
  readonly predicted: Readonly<Record<string, LawPrediction>>;
}

export interface ProposedMixture {
  readonly weights: Readonly<Record<string, number>>;
  readonly objective: number;
  readonly predicted: Readonly<Record<string, LawPrediction>>;
  readonly search: Omit<BestMixture, 'weights' | 'value'>;
}

export interface LawResult {
  readonly form: Form;
  readonly table: LawTable;
  readonly at: { readonly size: number | null; readonly tokens: number | null; readonly tokenUnit: string };
  readonly minTokens: number;
  readonly objective: Readonly<Record<string, number>>;
  readonly fitted: FittedForm | null;
  readonly signal: MeasuredSignal;
  readonly signalByTarget: Readonly<Record<string, MeasuredSignal>>;
  readonly abstained: string | null;
  readonly runs: readonly PredictedRun[];
  readonly bestTrained: PredictedRun | null;
  readonly bestMixture: ProposedMixture | null;
  readonly predictions: WrittenPredictions | null;
  readonly notes: readonly string[];
}
