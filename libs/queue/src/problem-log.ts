import { Logger } from '@nestjs/common';

/** The same message again within this many milliseconds is counted, not logged. */
const quiet = 10_000;

/**
 * The log of one queue. A lost server makes BullMQ report the same error several times a second; and the errors of
 * connections which a stopping server cuts off are no news while we close too.
 */
export class ProblemLog {
  private readonly logger: Logger;
  private readonly seen = new Map<string, { at: number; more: number }>();
  private closing = false;

  constructor(name: string) {
    this.logger = new Logger(name);
  }

  readonly error = (error: Error): void => {
    if (this.closing) return;
    const message = error.message || error.name;
    const last = this.seen.get(message);
    if (last && Date.now() - last.at < quiet) {
      last.more++;
      return;
    }
    if (this.seen.size > 100) this.seen.clear();
    this.seen.set(message, { at: Date.now(), more: 0 });
    this.logger.error(last && last.more > 0 ? `${message} (and ${last.more} times more)` : message);
  };

  warn(message: string): void {
    this.logger.warn(message);
  }

  close(): void {
    this.closing = true;
  }
}
