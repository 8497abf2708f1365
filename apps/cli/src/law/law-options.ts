import type { Form } from './law-form.js';

export interface LawOptions {
  readonly data: readonly string[];
  readonly form: Form;
  readonly target?: readonly string[];
  readonly targetWeights?: string;
  readonly n?: number;
  readonly d?: number;
  readonly size?: ReadonlyMap<string, number>;
  readonly tokensPerStep?: number;
  readonly domains?: readonly string[];
  readonly minTokens?: number;
  readonly cap?: ReadonlyMap<string, number>;
  readonly model: string;
  readonly bootstraps: number;
  readonly seed: number;
  readonly predict?: string;
  readonly out?: string;
  readonly json?: boolean;
}
