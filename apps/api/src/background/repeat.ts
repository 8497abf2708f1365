import type { LoggerService } from '@nestjs/common';

export interface Repetition {
  /** Runs the work soon, without waiting for its turn. */
  nudge(): void;
  /** Resolves when the run under way has ended; none starts afterwards. */
  stop(): Promise<void>;
}

/** Runs `work` again and again, never twice at a time. An error is logged, once while it lasts, and tried again. */
export function repeat(name: string, everyMs: number, work: () => Promise<void>, logger: LoggerService): Repetition {
  let timer: NodeJS.Timeout | undefined;
  let underWay: Promise<void> | undefined;
  let nudged = false;
  let stopped = false;
  let lastError = '';

  async function run(): Promise<void> {
    try {
      await work();
      if (lastError !== '') logger.log(`${name}: works again`);
      lastError = '';
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (message !== lastError) logger.warn(`${name}: ${message}`);
      lastError = message;
    }
  }

  function start(): void {
    clearTimeout(timer);
    nudged = false;
    underWay = run().finally(() => {
      underWay = undefined;
      if (!stopped) timer = setTimeout(start, nudged ? 0 : everyMs);
    });
  }

  start();
  return {
    nudge() {
      if (stopped) return;
      if (underWay) nudged = true;
      else start();
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await underWay;
    },
  };
}
