import { availableParallelism } from 'node:os';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { type ConfigTask, computeInThread, type ExportTask, WarmThreads } from '#libs/computing';
import type { CheckReport, ExportResult, ReadMixture } from '#libs/training-configs';
import { Gate } from '../computing/gate.js';

/** Files of trainers, written and read in threads: a file may hold anything, and a sampler may draw for long. */
@Injectable()
export class TrainingConfigs implements OnModuleDestroy {
  private readonly gate = new Gate(Math.min(4, availableParallelism()), 64);
  /** Asked for before every launch, and by whoever waits for a change. */
  private readonly exports = new WarmThreads('exportProposal');

  async onModuleDestroy(): Promise<void> {
    await this.exports.close();
  }

  export(task: ExportTask, signal: AbortSignal): Promise<ExportResult> {
    return this.gate.run(signal, () => this.exports.compute(task, signal));
  }

  check(task: ConfigTask, signal: AbortSignal): Promise<CheckReport> {
    return this.gate.run(signal, () => computeInThread('checkConfig', task, { signal }));
  }

  read(task: ConfigTask & { phase: string | undefined }, signal: AbortSignal): Promise<ReadMixture> {
    return this.gate.run(signal, () => computeInThread('readMixture', task, { signal }));
  }
}
