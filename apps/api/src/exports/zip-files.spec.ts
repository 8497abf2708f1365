import { strFromU8, unzipSync } from 'fflate';
import { afterEach, expect, it, vi } from 'vitest';
import { zipFiles } from './zip-files.js';

const files = [
  { path: 'phase-1-stable/größe.yaml', content: 'weights:\n  "数学": 0.5\n'.repeat(100) },
  { path: 'PHASES.md', content: '' },
];
afterEach(() => vi.unstubAllEnvs());

it('holds every file in order, names and text as they were', () => {
  const unpacked = Object.entries(unzipSync(zipFiles(files)));
  expect(unpacked.map(([path, bytes]) => ({ path, content: strFromU8(bytes) }))).toEqual(files);
});

it('has the same bytes in every zone of time', () => {
  const inZone = (zone: string) => {
    vi.stubEnv('TZ', zone);
    return [new Date(0).getHours(), zipFiles(files)] as const;
  };
  const [here, expected] = inZone('UTC');
  for (const [hours, bytes] of ['Pacific/Kiritimati', 'America/St_Johns'].map(inZone)) {
    // Otherwise the zone was not set, and the test would say nothing.
    expect(hours).not.toBe(here);
    expect(bytes).toEqual(expected);
  }
});
