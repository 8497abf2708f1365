import type { Strategy } from '#libs/contracts';
import { regmixStrategy } from './regmix.strategy.js';
import type { DesignStrategy, DesignTask } from './strategy.js';

const strategies: { [Name in Strategy['name']]: DesignStrategy<Extract<Strategy, { name: Name }>> } = {
  regmix: regmixStrategy,
};

/** The mixtures of a design round. Seconds of arithmetic for thousands of runs: see SweepContext.design. */
export function designMixtures(task: DesignTask): number[][] {
  return strategies[task.strategy.name].design(task);
}
