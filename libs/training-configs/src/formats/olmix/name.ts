import type { LocationRule } from '../../export/locations.js';

/** What the launch configuration calls a domain in data.sources: source, source:topic or source:topic:quality. */
export const nameRule: LocationRule = {
  registeredAs: ['olmix'],
  example: 'dclm:{domain}',
  what: 'the name in data.sources',
  fallback: '{domain}',
  problem(name) {
    if (/[\s'"\\]/u.test(name)) {
      return "holds white space, a quote or a backslash, which are lost on olmix's way to the training program";
    }
    const parts = name.split(':');
    if (parts.includes('')) return 'has an empty part beside a colon, which parts source, topic and quality';
    if (parts.length > 3) return 'has more than three parts: colons part source, topic and quality';
    return null;
  },
};
