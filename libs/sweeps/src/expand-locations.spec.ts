import { expect, it } from 'vitest';
import { expandLocations } from './expand-locations.js';

const domain = (name: string, locations?: Record<string, string>) => ({
  name,
  source: name,
  tokens: 1,
  ...(locations && { locations }),
});

it('leaves domains as they are without templates, so that their hash stays', () => {
  const domains = [domain('a'), domain('b', {})];
  expect(expandLocations(domains)).toEqual(domains);
  expect(expandLocations(domains, {})).toEqual(domains);
  expect(expandLocations(domains)[0]).not.toHaveProperty('locations');
});

it('fills each name in as it stands, at every place', () => {
  const [a, b] = expandLocations([domain('$&'), domain('b', { csv: 'own' })], {
    json: '{domain}/{domain}',
    csv: '{domain}',
  });
  expect(a!.locations).toEqual({ json: '$&/$&', csv: '$&' });
  expect(b!.locations).toEqual({ json: 'b/b', csv: 'own' });
});

it('refuses a template that would put every domain at one place', () => {
  expect(() => expandLocations([domain('a')], { json: '/data' })).toThrow('locations.json: a template for all domains');
});
