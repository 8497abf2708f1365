import { type DynamicModule, Inject, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { STORE } from '#libs/sweeps';
import { createStore, type OpenStore, type StoreOptions } from './create-store.js';

const OPEN_STORE = Symbol('OpenStore');

/**
 * Closes the store in the last step of a shutdown. Whoever works with it in the background stops in onModuleDestroy,
 * the first step, and is awaited there: so no handler meets a closed store.
 */
@Injectable()
class StoreCloser implements OnApplicationShutdown {
  constructor(@Inject(OPEN_STORE) private readonly open: OpenStore) {}

  onApplicationShutdown(): Promise<void> {
    return this.open.close();
  }
}

/** Provides STORE, to every module. */
@Module({})
// biome-ignore lint/complexity/noStaticOnlyClass: the shape of a configurable Nest module
export class StoreModule {
  static forRoot(options: StoreOptions): DynamicModule {
    return {
      module: StoreModule,
      global: true,
      providers: [
        { provide: OPEN_STORE, useFactory: () => createStore(options) },
        { provide: STORE, useFactory: ({ store }: OpenStore) => store, inject: [OPEN_STORE] },
        StoreCloser,
      ],
      exports: [STORE],
    };
  }
}
