import type { IncomingMessage, ServerResponse } from 'node:http';
import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import { sweepEventSchema } from '#libs/contracts';
import { NotFound, type SweepContext } from '#libs/sweeps';
import { Operation } from '../openapi/operation.decorator.js';
import { SWEEP_CONTEXT } from '../sweep-context.js';
import { identifierSchema } from '../validation/identifier.js';
import { lastEventIdOf, openEventStream } from './event-stream.js';
import { isQuiet } from './sweep-event-feed.js';
import { SweepEvents } from './sweep-events.service.js';

@Controller('v1/sweeps')
export class SweepEventsController {
  constructor(
    @Inject(SWEEP_CONTEXT) private readonly context: SweepContext,
    @Inject(SweepEvents) private readonly events: SweepEvents,
  ) {}

  @Get(':id/events')
  @Operation({
    summary: 'What happens to a sweep, as server-sent events',
    description:
      'Starts from the first event, or after Last-Event-ID. `progress` comes whenever it changed, with an estimate of ' +
      'the seconds left, and has no id. `fit` tells how far a fit is. The stream ends when the sweep has ended, no fit is ' +
      'under way, and everything was sent; a client ' +
      'that comes back then gets 204, which tells an EventSource to stop.',
    headers: { 'Last-Event-ID': 'Id of the last event that the client has' },
    responses: { 200: sweepEventSchema },
    mediaType: 'text/event-stream',
    errors: [400, 404],
  })
  async stream(
    @Param('id', { schema: identifierSchema }) id: string,
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
  ): Promise<void> {
    const lastEventId = lastEventIdOf(request);
    const sweep = await this.context.store.findSweep(id);
    if (sweep === null) throw new NotFound('sweep', id);
    if (lastEventId !== null && (await isQuiet(this.context, sweep))) {
      const missed = await this.context.store.eventsAfter(id, lastEventId, 1);
      if (missed.length === 0) {
        response.writeHead(204).end();
        return;
      }
    }
    const unsubscribe = this.events.subscribe(id, openEventStream(response, lastEventId ?? 0));
    response.once('close', unsubscribe);
  }
}
