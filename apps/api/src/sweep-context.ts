import type { FactoryProvider } from '@nestjs/common';
import { codeVersion } from '#libs/code-version';
import { computeInThread } from '#libs/computing';
import { newId, STORE, type Store, type SweepContext } from '#libs/sweeps';

export const SWEEP_CONTEXT = Symbol('SweepContext');

/** What the use-cases of libs/sweeps run in: the store, the wall clock, random identifiers, this version of the code. */
export const sweepContextProvider: FactoryProvider<SweepContext> = {
  provide: SWEEP_CONTEXT,
  inject: [STORE],
  useFactory: (store: Store) => ({
    store,
    now: () => new Date(),
    newId,
    codeVersion: codeVersion(),
    design: (task) => computeInThread('design', task),
  }),
};
