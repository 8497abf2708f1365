import { createServer } from 'node:net';
import { CommandFailed } from '../cli.errors.js';

/** Fails with a message that names the port and the flag when it cannot be listened on; 0 is always free. */
export async function requireFreePort(port: number, host: string): Promise<void> {
  if (port === 0) return;
  await new Promise<void>((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        new CommandFailed(
          error.code === 'EADDRINUSE'
            ? `port ${port} is taken by another program: choose another with --port (or CUVEE_PORT)`
            : `cannot listen on ${host}:${port} (${error.message}): choose another with --port (or CUVEE_PORT)`,
          { cause: error },
        ),
      );
    });
    probe.listen(port, host, () => probe.close(() => resolve()));
  });
}
