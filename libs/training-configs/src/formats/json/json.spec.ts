import { describe, expect, it } from 'vitest';
import { canonicalProposal, exportProposal } from '../../index.js';
import { parseJson } from './parse.js';

const read = (content: string) => parseJson({ path: 'mixture.json', content });
const complaints = (content: string) =>
  read(content).findings.map(({ level, where, message }) => `${level} ${where}: ${message}`);

const tokens = { web: 1e9, '7': 2e8 };
const proposal = canonicalProposal({ id: 'p', weights: { web: 0.6, '7': 0.4 } }, { tokens, targetTokens: 1e9 });

describe('writeJson', () => {
  it('puts the weights and epochs of one mixture at the top, where a script looks for them', () => {
    const { content } = exportProposal(proposal, 'json').files[0]!;
    const document = JSON.parse(content);
    expect(document.weights).toEqual({ web: 0.6, '7': 0.4 });
    expect(document.epochs).toEqual({ web: 0.6, '7': 2 });
    expect(document.phases).toBeUndefined();
    expect(content).toContain('"web": 0.600000000000');
  });

  it('lists several mixtures as phases, also when one starts at no round share', () => {
    const phases = [
      { name: 'main', start: 0, weights: { web: 1, '7': 0 } },
      { name: 'end', start: 2 / 3, weights: { web: 0.5, '7': 0.5 } },
    ];
    const document = JSON.parse(exportProposal(canonicalProposal({ phases }), 'json').files[0]!.content);
    expect(document.weights).toBeUndefined();
    expect(document.phases).toEqual([
      { name: 'main', start: 0, weights: { web: 1, '7': 0 }, epochs: null },
      { name: 'end', start: 0.666666666667, weights: { web: 0.5, '7': 0.5 }, epochs: null },
    ]);
  });
});

describe('parseJson', () => {
  it('keeps the order of domains whose names are numbers', () => {
    const { phases } = read('{"weights": {"web": 0.5, "7": 0.25, "code": 0.25}}');
    expect(phases[0]!.sources.map(({ key }) => key)).toEqual(['web', '7', 'code']);
  });

  it('reads what `cuvee propose` prints, a list of domains, and phases', () => {
    const expected = [
      { key: 'web', amount: 0.6 },
      { key: 'code', amount: 0.4 },
    ];
    const map = '{"web": 0.6, "code": 4e-1}';
    const list = '[{"domain": "web", "weight": 0.6}, {"domain": "code", "weight": 0.4}]';
    for (const weights of [map, list]) {
      expect(read(`{"id": "p", "weights": ${weights}, "law": {"code": 3}}`)).toEqual({
        findings: [],
        phases: [{ name: null, start: 0, sources: expected }],
        settings: {},
      });
    }
    expect(read(`{"phases": [{"name": "a", "weights": ${map}}, {"start": 0.5, "weights": ${list}}]}`)).toMatchObject({
      findings: [],
      phases: [
        { name: 'a', start: 0, sources: expected },
        { name: null, start: 0.5, sources: expected },
      ],
    });
  });

  it.each([
    ['no JSON', '{"weights": {"web": .5}}', /^error the file: is no JSON/],
    ['a list', '[1]', /^error the file: is no JSON object/],
    ['no weights', '{"domains": []}', /^error weights: holds no weights by domain: expected "weights": \{"web": 0\.7/],
    ['weights as text', '{"weights": "web"}', /^error weights: holds no weights by domain/],
    ['a domain that stands twice', '{"weights": {"web": 0.5, "web": 1}}', /^error web: stands twice/],
    [
      'a domain listed twice',
      '{"weights": [{"domain": "a", "weight": 1}, {"domain": "a", "weight": 0}]}',
      /"a" stands/,
    ],
    ['a list of something else', '{"weights": [0.5, 0.5]}', /^error weights\[0\]: is no \{ "domain"/],
    ['a weight as text', '{"weights": {"web": "1"}}', /^error weights\.web: is "1", not a number/],
    ['a negative weight', '{"weights": {"a": -0.5, "b": 1}}', /^error weights\.a: is -0\.5/],
    ['weights of another sum', '{"weights": {"a": 0.5, "b": 0.4}}', /^warning weights: the weights sum to 0\.9/],
    [
      'weights beside phases',
      '{"weights": {"a": 1}, "phases": [{"weights": {"a": 1}}]}',
      /^error weights: stands beside/,
    ],
    ['no phases', '{"phases": []}', /^error phases: is empty/],
    [
      'phases out of order',
      '{"phases": [{"weights": {"a": 1}}, {"weights": {"a": 1}}]}',
      /^error phases\[1\]\.start: is 0/,
    ],
    ['a late first phase', '{"phases": [{"start": 0.1, "weights": {"a": 1}}]}', /^error phases\[0\]\.start: is 0\.1/],
    ['a start in steps', '{"phases": [{"start": 100, "weights": {"a": 1}}]}', /not a share of the run in \[0, 1\)/],
  ])('complains about %s', (_, content, complaint) => {
    expect(complaints(content)).toContainEqual(expect.stringMatching(complaint));
  });
});
