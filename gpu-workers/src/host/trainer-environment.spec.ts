import { expect, it } from 'vitest';
import { trainerEnvironment } from './trainer-environment.js';

it('a trainer sees what it needs to run, and nothing that holds secrets or changes what runs', () => {
  const environment = {
    PATH: '/bin',
    CUDA_VISIBLE_DEVICES: '0',
    DATABASE_URL: 'secret',
    REDIS_URL: 'secret',
    NODE_OPTIONS: '--require x',
    LD_PRELOAD: 'x.so',
    AWS_SECRET_ACCESS_KEY: 'secret',
  };
  expect(trainerEnvironment(environment)).toEqual({ PATH: '/bin', CUDA_VISIBLE_DEVICES: '0' });
});
