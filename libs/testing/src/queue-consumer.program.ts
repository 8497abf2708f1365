// A worker process for the tests of the queue: it tells what it takes, and holds it for ever.
// Arguments: the address and the timing as JSON.
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { QueueModule, type QueueOptions } from '#libs/queue';
import { ASSIGNMENT_SOURCE, type AssignmentSource } from '#libs/sweeps';

const options = JSON.parse(process.argv[2] ?? '{}') as QueueOptions;
const app = await NestFactory.createApplicationContext(QueueModule.forWorker(options), { logger: false });
app.get<AssignmentSource>(ASSIGNMENT_SOURCE).consume(1, async ({ runId, attempt }, stop) => {
  process.stdout.write(`took ${runId} ${attempt}\n`);
  await new Promise((resolve) => stop.addEventListener('abort', resolve));
  process.stdout.write(`stopped ${runId} ${attempt}: ${stop.reason}\n`);
});
process.stdout.write('ready\n');
