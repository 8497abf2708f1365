// Starts the stack on a folder and holds it until SIGTERM. Arguments: the folder.
import { startStack } from '#libs/stack';

try {
  const stack = await startStack({ folder: process.argv[2]!, settings: { fsync: 'off' } });
  const alive = setInterval(() => undefined, 1_000);
  process.on('SIGTERM', async () => {
    await stack.stop();
    clearInterval(alive);
    process.stdout.write('stopped\n');
  });
  process.stdout.write(`url ${stack.databaseUrl}\n`);
} catch (error) {
  process.stdout.write(`error ${(error as { code?: string }).code} ${(error as Error).message}\n`);
}
