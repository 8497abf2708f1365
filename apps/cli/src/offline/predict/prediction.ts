import type { TargetOptions } from '../choose-targets.js';

export interface PredictOptions extends TargetOptions {
  fit: string;
  mixture?: string;
  weights?: string;
  out?: string;
  url?: string;
  json?: boolean;
}

export interface Estimate {
  readonly mean: number;
  readonly standardError: number;
  readonly lower50: number | null;
  readonly upper50: number | null;
  readonly lower90: number | null;
  readonly upper90: number | null;
}

export interface Prediction {
  readonly id: string;
  readonly weights: Readonly<Record<string, number>>;
  readonly predicted: Readonly<Record<string, Estimate>>;
  /** Total variation to the nearest measured mixture, in [0, 1], and that mixture's run. */
  readonly nearest: { readonly run: string; readonly distance: number; readonly outside: boolean };
}

export interface Predictions {
  readonly idColumn: string;
  readonly rows: readonly Prediction[];
  readonly notes: readonly string[];
}
