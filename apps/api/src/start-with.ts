import type { Server, ServerResponse } from 'node:http';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Logger } from 'pino';
import { nestLogger } from '#libs/logging';
import { AppModule } from './app.module.js';
import type { ApiConfig } from './config.js';
import { configureHttp } from './configure-http.js';

export interface RunningApi {
  url: string;
  /** Ends event streams and background work, lets requests under way finish, then closes queue and store. */
  close(): Promise<void>;
}

/** The API on these adapters for store and queue. Rejects when the port is taken. */
export async function startWith(
  config: ApiConfig,
  adapters: readonly DynamicModule[],
  logger: Logger,
): Promise<RunningApi> {
  const app = await NestFactory.create<NestExpressApplication>(AppModule.forRoot(config, adapters), {
    logger: nestLogger(logger),
    bodyParser: false,
    abortOnError: false,
  });
  const keepNoConnection = watchConnections(app.getHttpServer());
  try {
    configureHttp(app, config.docs);
    await app.listen(config.port, config.host);
  } catch (error) {
    await app.close();
    throw error;
  }
  const { port } = app.getHttpServer().address() as { port: number };
  const host = config.host.includes(':') ? `[${config.host}]` : config.host;
  let closing: Promise<void> | undefined;
  return {
    url: `http://${host}:${port}`,
    close: () => {
      if (closing === undefined) keepNoConnection();
      closing ??= app.close();
      return closing;
    },
  };
}

/**
 * A server that closes waits for its connections, and a worker that speaks every few seconds keeps one alive for ever.
 * Returns a function after whose call every answer ends its connection.
 */
function watchConnections(server: Server): () => void {
  const unanswered = new Set<ServerResponse>();
  let isClosing = false;
  server.prependListener('request', (_request, response) => {
    if (isClosing) response.setHeader('connection', 'close');
    unanswered.add(response);
    response.once('close', () => unanswered.delete(response));
  });
  return () => {
    isClosing = true;
    for (const response of unanswered) if (!response.headersSent) response.setHeader('connection', 'close');
  };
}
