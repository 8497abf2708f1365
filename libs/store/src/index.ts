export { createStore, type OpenStore, type StoreOptions } from './create-store.js';
export { StoreModule } from './store.module.js';
