import { beforeAll, describe, expect, it } from 'vitest';
import { checkReportSchema, configLimits, type FormatList, formatListSchema, mixtureSchema } from '#libs/contracts';
import { commonOptions, formats } from '#libs/training-configs';
import { withApi } from './harness.js';

const api = withApi();
const domain = (name: string, tokens: number, documents?: number) => ({
  name,
  source: `${name}.txt`,
  tokens,
  ...(documents && { documents }),
});
let corpusId: string;

beforeAll(async () => {
  const { body } = await api.post('/v1/corpora', {
    name: 'located',
    domains: [domain('web', 6000, 60), domain('code', 3000, 10), domain('books', 1000, 1)],
    locations: { megatron: '/data/{domain}_text_document' },
  });
  corpusId = body.id;
});

const blend = '0.7 /data/web_text_document 0.3 /data/code_text_document';
const check = (name: string, body: object) => api.post(`/v1/formats/${name}/check`, body);
const read = (name: string, body: object) => api.post(`/v1/formats/${name}/read`, body);

describe('the list of formats', () => {
  it('says of each what it is, needs and takes', async () => {
    const { status, body } = await api.get('/v1/formats');
    expect(status).toBe(200);
    expect(formatListSchema.parse(body)).toEqual(body);
    const listed = (body as FormatList).formats;
    expect(listed.map(({ name }) => name)).toEqual(Object.keys(formats));
    for (const { name, options, example, units } of listed) {
      expect(Object.keys(options)).toEqual(expect.arrayContaining(Object.keys(commonOptions)));
      expect(Object.keys(options)).toEqual(expect.arrayContaining(Object.keys(example)));
      expect([name, units.length]).not.toEqual([name, 0]);
    }
    const megatron = listed.find(({ name }) => name === 'megatron')!;
    expect(megatron).toMatchObject({ trainer: 'Megatron-LM', units: ['sequences'], facts: [], zeros: 'dropped' });
    expect(megatron.options.valid).toMatchObject({ kind: 'list' });
    expect(megatron.options.draws).toMatchObject({ kind: 'integer', default: 10_000 });
  });

  it('derives the facts from the units, each once, and tells whether phases lie in one file', async () => {
    const { formats: listed } = (await api.get('/v1/formats')).body as FormatList;
    for (const { name, units, facts, phases } of listed) {
      expect([name, facts.includes('documents')]).toEqual([name, units.includes('documents')]);
      expect([name, facts.includes('targetTokens')]).toEqual([name, units.includes('epochs')]);
      expect(new Set(facts).size).toBe(facts.length);
      expect(phases).toBe(formats[name]!.phases === 'native' ? 'one file' : 'a file for each');
    }
  });
});

describe('checking a file', () => {
  it('says what the trainer would do with it, in tokens where there is a corpus', async () => {
    const { status, body } = await check('megatron', { content: blend, corpusId, options: { targetTokens: 10_000 } });
    expect(status).toBe(200);
    expect(checkReportSchema.parse(body)).toEqual(body);
    expect(body).toMatchObject({ format: 'megatron', path: 'file', usable: true, findings: [] });
    expect(body.phases[0].sources).toMatchObject([
      { key: '/data/web_text_document', domain: 'web', amount: 0.7, tokenShare: 0.7, epochs: 7000 / 6000 },
      { key: '/data/code_text_document', domain: 'code', amount: 0.3, tokenShare: 0.3, epochs: 1 },
    ]);
    expect(body.phases[0].sources[0].realised).toBeCloseTo(0.7, 3);
  });

  it('needs no corpus, and takes what is wrong with the file for an answer', async () => {
    const { status, body } = await check('megatron', { content: '0.7 /data/web x /data/code' });
    expect(status).toBe(200);
    expect(body.usable).toBe(false);
    expect(body.findings[0]).toMatchObject({ level: 'error', message: expect.stringContaining('"0.7"') });
    expect(body.phases[0].sources[0]).toMatchObject({ domain: null, amount: null });
  });

  it('tells two kinds of file by the path', async () => {
    const { body } = await check('megatron', { content: '{}', path: 'blend.per-split.json' });
    expect(body.path).toBe('blend.per-split.json');
    expect(body.findings.map(({ where }: { where: string }) => where)).toContain('train');
  });

  it('shows the worst findings of a file that has thousands', async () => {
    const content = Array.from({ length: 3000 }, (_, i) => `0.1 /d/${i}.bin`).join('\n');
    const { status, body } = await check('megatron', { content });
    expect([status, body.usable]).toEqual([200, false]);
    expect(body.findings).toHaveLength(configLimits.findings);
    expect(body.findings[0].level).toBe('error');
    expect(body.findings.at(-1)).toMatchObject({ level: 'note', message: expect.stringMatching(/^2\d+ further/) });
  });
});

describe('reading a mixture', () => {
  it('gives token shares over the corpus, in which a domain that is not named has none', async () => {
    const { status, body } = await read('megatron', { content: `7 ${blend.slice(4)}`.replace('0.3', '3'), corpusId });
    expect(status).toBe(200);
    expect(mixtureSchema.parse(body)).toEqual(body);
    expect(body.weights).toEqual({ web: 0.7, code: 0.3, books: 0 });
    expect(body.notes).toContainEqual(expect.stringContaining('"books"'));
  });

  it('knows the sources by a template where the corpus registers no locations', async () => {
    const bare = await api.post('/v1/corpora', { name: 'bare', domains: [domain('a', 10), domain('b', 10)] });
    const { body } = await read('megatron', {
      content: '0.25 /mine/a 0.75 /mine/b',
      corpusId: bare.body.id,
      options: { location: '/mine/{domain}' },
    });
    expect(body.weights).toEqual({ a: 0.25, b: 0.75 });
  });
});

describe('a mixture of documents', () => {
  const content = JSON.stringify({
    datasets: ['web', 'code', 'books'].map((name) => ({ path: `org/${name}`, split: 'train' })),
    probabilities: [0.5, 0.25, 0.25],
  });
  const options = { location: 'org/{domain}' };

  it('is converted to token shares with what the corpus knows', async () => {
    const { status, body, text } = await read('hf-interleave', { content, corpusId, options, path: 'mixture.json' });
    expect(status, text).toBe(200);
    const [web, code, books] = [0.5 * 100, 0.25 * 300, 0.25 * 1000];
    const total = web + code + books;
    expect(body.weights.web).toBeCloseTo(web / total, 12);
    expect(body.weights.code).toBeCloseTo(code / total, 12);
    expect(body.weights.books).toBeCloseTo(books / total, 12);
  });

  it('is refused where the corpus does not know the documents', async () => {
    const domains = ['web', 'code', 'books'].map((name) => domain(name, 1000));
    const { body: corpus } = await api.post('/v1/corpora', { name: 'no documents', domains });
    const { status, body } = await read('hf-interleave', {
      content,
      corpusId: corpus.id,
      options,
      path: 'mixture.json',
    });
    expect([status, body.code]).toEqual([422, 'unit-facts-missing']);
    expect(body.errors[0].field).toBe('corpusId');
  });
});

describe('what is refused', () => {
  it.each<[string, 'check' | 'read', string, () => object, [number, string, string?], RegExp]>([
    [
      'an unknown format',
      'check',
      'yaml',
      () => ({ content: '' }),
      [404, 'format-not-found'],
      /no format "yaml".*GET \/v1\/formats/,
    ],
    ['no content', 'check', 'megatron', () => ({}), [422, 'invalid-request', 'content'], /missing/],
    [
      'an unknown option',
      'check',
      'megatron',
      () => ({ content: blend, options: { colour: 'red' } }),
      [422, 'export-option', 'options.colour'],
      /no option "colour"/,
    ],
    [
      'an option of the wrong type',
      'check',
      'megatron',
      () => ({ content: blend, options: { draws: -1 } }),
      [422, 'export-option', 'options.draws'],
      /whole number above 0; got -1/,
    ],
    [
      'an unknown corpus',
      'check',
      'megatron',
      () => ({ content: blend, corpusId: 'cor_none' }),
      [404, 'corpus-not-found'],
      /cor_none/,
    ],
    ['no corpus', 'read', 'megatron', () => ({ content: blend }), [422, 'invalid-request', 'corpusId'], /missing/],
    [
      'a file that the trainer misreads',
      'read',
      'megatron',
      () => ({ content: '0.7 /data/web x /data/code', corpusId }),
      [422, 'config-unusable', 'content'],
      /takes every word for a dataset/,
    ],
    [
      'a file without weights',
      'read',
      'megatron',
      () => ({ content: '/data/web_text_document /data/code_text_document', corpusId }),
      [422, 'config-unweighted', 'content'],
      /no weight/,
    ],
    [
      'a source that the corpus does not have',
      'read',
      'megatron',
      () => ({ content: '1.0 /elsewhere', corpusId }),
      [422, 'config-source-unknown', 'options.location'],
      /no domain for "\/elsewhere"/,
    ],
    [
      'a phase that is not there',
      'read',
      'megatron',
      () => ({ content: blend, corpusId, phase: 'anneal' }),
      [422, 'config-phases', 'phase'],
      /no phase "anneal"/,
    ],
    [
      'a text that is longer than allowed',
      'check',
      'megatron',
      () => ({ content: 'x'.repeat(configLimits.characters + 1) }),
      [422, 'invalid-request', 'content'],
      /2000000 characters/,
    ],
    [
      'a body that is larger than allowed',
      'check',
      'megatron',
      () => ({ content: 'x'.repeat(5 << 20) }),
      [413, 'body-too-large'],
      /larger than the 4194304 bytes/,
    ],
  ])('%s', async (_what, route, format, body, [status, code, field], message) => {
    const answer = await api.post(`/v1/formats/${format}/${route}`, body());
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    if (field !== undefined) expect(answer.body.errors[0].field).toBe(field);
    expect(answer.body.detail).toMatch(message);
  });

  it('takes a file of the longest length that is allowed', async () => {
    const line = `0.1 /data/${'x'.repeat(189)}`;
    const content = Array.from(
      { length: configLimits.characters / 200 },
      (_, i) => `${line.slice(0, -6)}${100_000 + i}`,
    );
    const { status, body } = await check('megatron', { content: content.join('\n') });
    expect([status, body.usable]).toEqual([200, true]);
    expect(body.phases[0].sources).toHaveLength(10_000);
  });
});
