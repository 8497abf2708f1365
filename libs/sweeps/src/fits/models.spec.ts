import { expect, it } from 'vitest';
import { fitModels, optimisers } from '#libs/contracts';
import { optimisers as proposed } from '#libs/proposals';
import { modelNames } from '#libs/surrogates';

it('a request may name every surrogate and every optimiser there is, and no other', () => {
  expect([...fitModels].sort()).toEqual([...modelNames].sort());
  expect(optimisers).toEqual(proposed);
});
