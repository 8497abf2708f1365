import { isTransformer, type TrainerChoice } from '#libs/contracts';
import type { SweepContext } from '../context.js';
import { isThere } from './describe-worker.js';
import { rememberedSince } from './prune-workers.js';

/**
 * Names are the workers' own: one that no worker knows now is accepted, since a worker may come that does, and said.
 * Null when some worker that is there has the trainer.
 */
export async function noteOnTrainer(context: SweepContext, trainer: TrainerChoice | null): Promise<string | null> {
  if (trainer === null || isTransformer(trainer)) return null;
  const now = context.now();
  const there = (await context.store.listWorkers(rememberedSince(now))).filter((worker) => isThere(worker, now));
  if (there.some(({ trainers }) => trainers.includes(trainer.name))) return null;
  const begin = `trainer.name: no worker has "${trainer.name}" now, and the runs wait for one`;
  if (there.length === 0) return `${begin}; no worker is there`;
  const known = [...new Set(there.flatMap(({ trainers }) => trainers))].sort().join(', ') || 'none';
  return `${begin}; those that are there have: ${known}`;
}
