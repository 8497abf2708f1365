import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { Metric } from './prometheus-text.js';

/** Answers by method and status class. Paths are left out: ids in them would make a series of each. */
@Injectable()
export class RequestCounts {
  private readonly counts = new Map<string, number>();
  private seconds = 0;

  readonly middleware = (request: IncomingMessage, response: ServerResponse, next: () => void): void => {
    const begun = performance.now();
    response.once('finish', () => {
      const key = `${request.method} ${Math.floor(response.statusCode / 100)}xx`;
      this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
      this.seconds += (performance.now() - begun) / 1000;
    });
    next();
  };

  metrics(): Metric[] {
    return [
      {
        name: 'cuvee_http_responses_total',
        help: 'Answers by method and status class',
        type: 'counter',
        samples: [...this.counts].map(([key, value]) => {
          const [method = '', status = ''] = key.split(' ');
          return { labels: { method, status }, value };
        }),
      },
      {
        name: 'cuvee_http_response_seconds_total',
        help: 'Seconds from request to the end of the answer, summed; event streams count until they end',
        type: 'counter',
        samples: [{ value: this.seconds }],
      },
    ];
  }
}
