import { expect, it } from 'vitest';
import { parseJson } from './parse.js';

const weights = '\n  "weights": {"web": 0.6, "code": 0.4}';

it.each([
  ['no list of domains', `{${weights}}`, '`domains` is no list'],
  ['no weights', '{"domains": []}', '`weights` is no object'],
  ['a domain listed twice', `{"domains": [{"domain": "web"}, {"domain": "web"}, {"domain": "code"}],${weights}}`, '3'],
  [
    'an exponent',
    '{"domains": [{"domain": "web"}],\n  "weights": {"web": 1e0}}',
    'a weight is written with an exponent',
  ],
])('refuses a mixture.json with %s', (_, content, message) => {
  expect(() => parseJson([{ path: 'mixture.json', content }])).toThrow(message);
});
