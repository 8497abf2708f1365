export { assignment } from './assignment.js';
export { eventually } from './eventually.js';
export { createMemoryStore } from './memory-store.js';
export { describeQueue } from './queue-conformance.js';
export * from './records.js';
export { Program, spawnProgram } from './spawn-program.js';
export { describeStore } from './store-conformance.js';
export { createTestDatabase, query, type TestDatabase, withDatabase } from './test-database.js';
export { skipRedis, startTestRedis, type TestRedis } from './test-redis.js';
