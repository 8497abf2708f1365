import type { LocalService } from './local-service.js';
import type { StopSignals } from './stop-signals.js';

/** Stops the service and says so; a second signal cuts the waiting short. */
export async function stopInOrder(service: LocalService, signals: StopSignals): Promise<void> {
  process.stderr.write('\nstopping: the workers hand their runs back (Ctrl-C again to force) …\n');
  void signals.second.then(() => {
    process.stderr.write('forced: runs that were under way start again when their leases have run out\n');
    service.force();
  });
  await service.stop();
  process.stderr.write('stopped; everything is kept\n');
}
