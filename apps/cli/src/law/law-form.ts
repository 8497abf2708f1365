import type { HeldOutScores, LawPrediction } from '#libs/mixing-laws';
import type { LawTable } from './law-table.js';

export const FORMS = ['step', 'size', 'mixture', 'nested', 'additive', 'joint', 'signal'] as const;
export type Form = (typeof FORMS)[number];

/** One comparison of the law with measurements it had not seen. */
export interface HeldOutLine {
  readonly target: string;
  readonly what: string;
  readonly description: string;
  readonly law: HeldOutScores;
  readonly baseline: HeldOutScores & { readonly rule: string };
}

export interface FormSettings {
  readonly size: number;
  readonly tokens: number;
  readonly bootstraps: number;
  readonly seed: number;
  readonly model: string;
  readonly report: (text: string) => void;
}

/** A law fitted to a table. */
export interface FittedForm {
  /** By target, or 'all' for what the targets share: JSON-safe. */
  readonly parameters: Readonly<Record<string, Record<string, unknown>>>;
  readonly heldOut: readonly HeldOutLine[];
  readonly notes: readonly string[];
  /** Prediction of any mixture at (N, D) for one target; null where the form says nothing about mixtures not trained. */
  readonly predict:
    | ((target: number, mixtures: readonly ArrayLike<number>[], size: number, tokens: number) => LawPrediction[])
    | null;
  /** The means of `predict` alone, which cost no replicates; null with it. */
  readonly means:
    | ((target: number, mixtures: readonly ArrayLike<number>[], size: number, tokens: number) => Float64Array)
    | null;
  /** Prediction of a trained mixture at (N, D); null where this form has none for it. */
  trained(target: number, mixture: number, size: number, tokens: number): LawPrediction | null;
}

export type FitForm = (table: LawTable, settings: FormSettings) => FittedForm;
