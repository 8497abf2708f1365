import type { Store } from './ports/store.port.js';
import type { DesignTask } from './strategies/strategy.js';

export type IdKind = 'corpus' | 'sweep' | 'round' | 'run' | 'fit' | 'proposal';

/** What every use-case needs. The clock and the identifiers come from outside, so that tests decide them. */
export interface SweepContext {
  store: Store;
  now(): Date;
  newId(kind: IdKind): string;
  /** Designs away from the event loop; rejects with InvalidInputError for what the strategy refuses. */
  design(task: DesignTask): Promise<number[][]>;
  /** Version of the code, as it stands on fits and proposals. */
  codeVersion: string;
}
