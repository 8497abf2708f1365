import type { Logger } from 'pino';
import type { GpuSlots } from './gpu-slots.js';
import { gpusOf, type TrainerManifest } from './trainer-manifest.js';

/** Says at the start what each trainer's name stands for here, and warns of what cannot go well. */
export function announceTrainers(
  trainers: TrainerManifest,
  slots: GpuSlots,
  worker: { concurrency: number; graceSeconds: number },
  log: Logger,
): void {
  for (const [trainer, entry] of Object.entries(trainers)) {
    const gpus = gpusOf(entry, slots.most);
    log.info({ trainer, command: entry.command, gpus }, 'a trainer of this worker');
    if (gpus > slots.most) {
      const message = `it needs ${gpus} GPUs and this worker has ${slots.most}: every run of it will fail here`;
      log.warn({ trainer }, message);
    } else if (gpus * worker.concurrency > slots.devices.length) {
      const message = `${worker.concurrency} runs of it at a time need more GPUs than there are: some will wait`;
      log.warn({ trainer, gpus, devices: slots.devices }, message);
    }
    if ((entry.killSeconds ?? 0) > worker.graceSeconds) {
      const { killSeconds } = entry;
      const message = 'at a shutdown it has only the grace period for its last checkpoint';
      log.warn({ trainer, killSeconds, graceSeconds: worker.graceSeconds }, message);
    }
  }
}
