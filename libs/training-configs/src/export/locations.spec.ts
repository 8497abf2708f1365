import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '#libs/simplex';
import { assertLegal, type LocationRule, locationOf } from './locations.js';
import { readOptions, sharedOptions } from './options.js';

const rule: LocationRule = {
  registeredAs: ['trainer', 'relative'],
  example: '/data/{domain}',
  what: 'the folder',
  problem: (location) => (location.includes(';') ? 'contains a semicolon' : null),
};
const options = (location?: string) => readOptions('trainer', { location: sharedOptions.location('/x') }, { location });
const at = (locations: Record<string, string> | undefined, location?: string, own = rule) =>
  locationOf({ domain: 'web', locations }, options(location), own);

describe('locationOf', () => {
  it('takes what the corpus registers first, then the template, then what the format falls back on', () => {
    expect(at({ relative: '/r', trainer: '/t' }, '/o')).toBe('/t');
    expect(at({ relative: '/r', other: '/x' }, '/o')).toBe('/r');
    expect(at({ other: '/x' }, '/o')).toBe('/o');
    expect(at(undefined, undefined, { ...rule, fallback: '{domain}' })).toBe('web');
  });

  it('fills in the name wherever {domain} stands, and takes nothing in a name for a pattern', () => {
    expect(at({ trainer: '/{domain}/{domain}.x' })).toBe('/web/web.x');
    expect(locationOf({ domain: '$&{domain}' }, options('/d/{domain}'), rule)).toBe('/d/$&{domain}');
  });

  it('says what is missing and where it can be given', () => {
    expect(() => at(undefined)).toThrow(
      'trainer needs to know where "web" lies: give the folder as locations.trainer when registering the corpus, or a ' +
        'template for all domains in the option "location", such as /data/{domain}',
    );
  });

  it.each([
    ['/a;b', 'the folder of "web" contains a semicolon: "/a;b"'],
    ['/a\u0000', 'holds a control character or broken Unicode: "/a\\u0000"'],
    ['/a\u2028b', 'holds a control character or broken Unicode'],
    ['/a\ud800', 'holds a control character or broken Unicode'],
    ['/a\uffff', 'holds a control character or broken Unicode'],
  ])('refuses %j, naming the domain and the value', (location, message) => {
    expect(() => at({ trainer: location })).toThrow(message);
    expect(() => at(undefined, location)).toThrow(InvalidInputError);
  });

  it('refuses a name that leads out of the folder, or brings a wildcard into a pattern', () => {
    const named =
      (domain: string, location: string, patterns = false) =>
      () =>
        locationOf({ domain }, options(location), { ...rule, patterns });
    expect(named('..', '/data/{domain}/x')).toThrow('the name ".." leads out of the folder in the folder /data/../x');
    expect(named('a/../b', '/data/{domain}')).toThrow(/leads out of the folder/);
    expect(named('..', '/data/{domain}_text')()).toBe('/data/.._text');
    expect(named('web', '../data/{domain}')()).toBe('../data/web');
    expect(named('web*', '/data/{domain}/*.npy', true)).toThrow('holds *, ? or [ ], which means other files');
    expect(named('web*', '/data/{domain}')()).toBe('/data/web*');
  });

  it('refuses an empty location', () => {
    expect(() => assertLegal('', 'a prefix', 'valid', rule)).toThrow('a prefix is empty: ""');
  });
});
