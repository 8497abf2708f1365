import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Metric } from './prometheus-text.js';

@Injectable()
export class ProcessMetrics implements OnApplicationShutdown {
  private readonly delay: IntervalHistogram = monitorEventLoopDelay({ resolution: 20 });

  constructor() {
    this.delay.enable();
  }

  onApplicationShutdown(): void {
    this.delay.disable();
  }

  /** The longest delay is the longest since it was last asked for. */
  metrics(): Metric[] {
    const { user, system } = process.cpuUsage();
    const { rss, heapUsed } = process.memoryUsage();
    const longest = this.delay.max / 1e9;
    this.delay.reset();
    const one = (name: string, help: string, type: Metric['type'], value: number): Metric => ({
      name,
      help,
      type,
      samples: [{ value }],
    });
    return [
      one('process_cpu_seconds_total', 'CPU seconds used by the API', 'counter', (user + system) / 1e6),
      one('process_resident_memory_bytes', 'Resident memory', 'gauge', rss),
      one('nodejs_heap_size_used_bytes', 'JavaScript heap in use', 'gauge', heapUsed),
      one('process_start_time_seconds', 'Start since the epoch', 'gauge', Date.now() / 1000 - process.uptime()),
      one(
        'nodejs_eventloop_lag_max_seconds',
        'Longest delay of the event loop since the last scrape',
        'gauge',
        longest,
      ),
    ];
  }
}
