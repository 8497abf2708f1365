import type { Strategy as StrategyChoice } from '#libs/contracts';
import type { Mixture } from '../ports/records.js';

export interface DesignTask<Choice extends StrategyChoice = StrategyChoice> {
  strategy: Choice;
  domains: readonly string[];
  prior: Mixture;
  /** Upper bounds of the feasible set; every mixture a strategy returns lies within. */
  caps: Mixture;
  seed: number;
}

/** Which mixtures the proxy runs train on. One file a strategy, and its line in the registry. */
export interface DesignStrategy<Choice extends StrategyChoice = StrategyChoice> {
  design(task: DesignTask<Choice>): number[][];
}
