import { Injectable } from '@nestjs/common';
import { FitInterrupted, type FitOutcome, type FitRequest, type FitRunner } from '#libs/sweeps';
import { computeInThread } from './compute-in-thread.js';

@Injectable()
export class ThreadFitRunner implements FitRunner {
  private readonly stop = new AbortController();
  private readonly underWay = new Set<Promise<FitOutcome>>();

  run(request: FitRequest): Promise<FitOutcome> {
    const fit = computeInThread('fit', request, this.stop.signal).finally(() => this.underWay.delete(fit));
    this.underWay.add(fit);
    return fit;
  }

  async close(): Promise<void> {
    this.stop.abort(new FitInterrupted());
    await Promise.allSettled(this.underWay);
  }
}
