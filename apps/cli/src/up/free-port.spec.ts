import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { requireFreePort } from './free-port.js';

describe('requireFreePort', () => {
  it('names the port that is taken and the flag that chooses another', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    await expect(requireFreePort(port, '127.0.0.1')).rejects.toThrow(
      `port ${port} is taken by another program: choose another with --port`,
    );
    await new Promise((resolve) => taken.close(resolve));
    await expect(requireFreePort(port, '127.0.0.1')).resolves.toBeUndefined();
  });
});
