import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import type { SweepContext } from '#libs/sweeps';
import { SWEEP_CONTEXT } from '../sweep-context.js';
import { type Listener, SweepEventFeed } from './sweep-event-feed.js';

const pollMs = 500;

/** Keeps one feed for each sweep that somebody listens to. A feed which fails is tried again; its listeners wait. */
@Injectable()
export class SweepEvents implements OnModuleDestroy {
  private readonly logger = new Logger(SweepEvents.name);
  private readonly feeds = new Map<string, SweepEventFeed>();
  private stopped = false;

  constructor(@Inject(SWEEP_CONTEXT) private readonly context: SweepContext) {}

  get listeners(): number {
    return [...this.feeds.values()].reduce((sum, feed) => sum + feed.size, 0);
  }

  /** Returns what ends the subscription. */
  subscribe(sweepId: string, listener: Listener): () => void {
    if (this.stopped) {
      listener.end();
      return () => {};
    }
    let feed = this.feeds.get(sweepId);
    if (feed === undefined) {
      feed = new SweepEventFeed(this.context, sweepId);
      this.feeds.set(sweepId, feed);
      void this.pollWhileListened(sweepId, feed);
    }
    const joined = feed;
    joined.add(listener);
    return () => joined.remove(listener);
  }

  /** Open streams would keep the server from closing. */
  onModuleDestroy(): void {
    this.stopped = true;
    for (const feed of this.feeds.values()) feed.endAll();
  }

  private async pollWhileListened(sweepId: string, feed: SweepEventFeed): Promise<void> {
    await Promise.resolve();
    while (feed.size > 0 && !this.stopped) {
      const begun = performance.now();
      try {
        await feed.poll();
      } catch (error) {
        this.logger.warn(`the events of sweep ${sweepId} could not be read; trying again`, { err: error });
      }
      const rest = pollMs - (performance.now() - begun);
      if (feed.size > 0 && !this.stopped) await new Promise((resolve) => setTimeout(resolve, Math.max(50, rest)));
    }
    this.feeds.delete(sweepId);
  }
}
