import { createMemoryStore } from './memory-store.js';
import { describeStore } from './store-conformance.js';

describeStore('in memory', async () => ({ store: createMemoryStore(), close: async () => {} }));
