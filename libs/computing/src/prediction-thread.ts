import { Worker } from 'node:worker_threads';
import type { LocatedPredictions, PredictionAnswer, PredictionTask, StoredFit } from './prediction.thread.js';
import { fromThreadError } from './thread-error.js';

/** A thread needs compiled code; where the program itself runs from source, the build's thread is used. */
const thread = import.meta.url.endsWith('.ts')
  ? new URL('../../../dist/libs/computing/src/prediction.thread.js', import.meta.url)
  : new URL('./prediction.thread.js', import.meta.url);

interface Waiting {
  resolve(answer: PredictionAnswer): void;
  reject(error: unknown): void;
}

/**
 * Predicts from stored fits in one thread that stays, so that a fit is restored once and not for every question. The
 * thread keeps the fits used lately, starts with the first question, and is started anew when it has died; what it was
 * asked when it died rejects.
 */
export class PredictionThread {
  private worker: Worker | undefined;
  private readonly waiting = new Map<number, Waiting>();
  private last = 0;
  private closed = false;

  /**
   * @param load reads the fit; called only when the thread does not have it
   * @param mixtures weights in the order of the mixtures that were fitted
   */
  async predict(
    fitId: string,
    load: () => Promise<StoredFit>,
    mixtures: readonly ArrayLike<number>[],
  ): Promise<LocatedPredictions> {
    let answer = await this.ask({ fitId, mixtures });
    if ('missing' in answer) answer = await this.ask({ fitId, mixtures, stored: await load() });
    if ('error' in answer) throw fromThreadError(answer.error);
    if ('missing' in answer) throw new Error('the thread did not keep the fit it was given');
    return answer.output;
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.worker?.terminate();
  }

  private ask(task: Omit<PredictionTask, 'index'>): Promise<PredictionAnswer> {
    if (this.closed) return Promise.reject(new Error('the prediction thread is closed'));
    const worker = this.worker ?? this.start();
    this.last += 1;
    const index = this.last;
    return new Promise((resolve, reject) => {
      this.waiting.set(index, { resolve, reject });
      worker.postMessage({ ...task, index } satisfies PredictionTask);
    });
  }

  private start(): Worker {
    const worker = new Worker(thread);
    worker.unref();
    let failure: unknown;
    worker.on('message', (answer: PredictionAnswer) => {
      this.waiting.get(answer.index)?.resolve(answer);
      this.waiting.delete(answer.index);
    });
    worker.once('error', (error) => {
      failure = error;
    });
    worker.once('exit', (code) => {
      this.worker = undefined;
      for (const { reject } of this.waiting.values()) {
        reject(failure ?? new Error(`the prediction thread ended with code ${code}`));
      }
      this.waiting.clear();
    });
    this.worker = worker;
    return worker;
  }
}
