import { concludeSweep } from './conclude-sweep.js';
import type { SweepContext } from './context.js';
import { fitSweep } from './fit-sweep.js';
import { runFit } from './fits/run-fit.js';
import type { FitRunner } from './ports/fit-runner.port.js';

/**
 * What a message on the fit queue asks for: the next stage of a sweep whose round has ended, and then the fits that
 * were asked for beside it. Safe to repeat.
 */
export async function advanceStage(context: SweepContext, runner: FitRunner, sweepId: string): Promise<void> {
  const sweep = await context.store.findSweep(sweepId);
  if (!sweep) return;
  if (sweep.state === 'fitting') await fitSweep(context, runner, sweep);
  else if (sweep.state === 'confirming') await concludeSweep(context, sweep);
  const tried = new Set<string>();
  for (;;) {
    const open = await context.store.openFits(sweepId);
    const next = open.find(({ id, refit }) => refit && !tried.has(id));
    if (!next) return;
    tried.add(next.id);
    await runFit(context, runner, sweep, next.id);
  }
}
