export { checkRedis } from './check-redis.js';
export type { QueueAddress } from './connection.js';
export { QueueModule, type QueueOptions } from './queue.module.js';
export type { QueueTiming } from './timing.js';
