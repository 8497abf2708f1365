import { describe, expect, it } from 'vitest';
import { withApi } from './harness.js';

const api = withApi();
const domain = (name: string, tokens = 1000) => ({ name, source: `${name}.txt`, tokens });

describe('corpora', () => {
  it('registers a corpus with its natural mixture, and finds it again', async () => {
    const body = { name: 'pile', domains: [domain('web', 3000), { ...domain('code'), licence: 'MIT', group: 'x' }] };
    const created = await api.post('/v1/corpora', body);
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({ name: 'pile', version: 1 });
    expect(created.body.domains.map((d: { naturalWeight: number }) => d.naturalWeight)).toEqual([0.75, 0.25]);
    expect((await api.get(`/v1/corpora/${created.body.id}`)).body).toEqual(created.body);
    expect((await api.get('/v1/corpora')).body.corpora).toContainEqual(created.body);
  });

  it('knows the same content again, and counts a version for other content', async () => {
    const domains = [domain('a'), domain('b')];
    const first = await api.post('/v1/corpora', { name: 'twice', domains });
    const again = await api.post('/v1/corpora', { name: 'twice', domains });
    expect([again.status, again.body.id]).toEqual([200, first.body.id]);
    const changed = await api.post('/v1/corpora', { name: 'twice', domains: [domain('a'), domain('b', 7)] });
    expect([changed.status, changed.body.version]).toEqual([201, 2]);
    expect(changed.body.id).not.toBe(first.body.id);
  });

  it('has one corpus after ten registrations at once', async () => {
    const body = { name: 'at once', domains: [domain('a'), domain('b')] };
    const answers = await Promise.all(Array.from({ length: 10 }, () => api.post('/v1/corpora', body)));
    expect(answers.map(({ status }) => status).filter((status) => status !== 200 && status !== 201)).toEqual([]);
    expect(new Set(answers.map(({ body: { id } }) => id)).size).toBe(1);
  });

  it('fills templates of locations in for the domains, whose own locations count before them', async () => {
    const locations = { megatron: '/data/{domain}_text_document', lingua: '{domain}' };
    const own = { ...domain('b'), locations: { megatron: '/elsewhere/b' } };
    const { status, body } = await api.post('/v1/corpora', {
      name: 'template',
      domains: [domain('a'), own],
      locations,
    });
    expect(status).toBe(201);
    expect(body.domains.map((d: { locations: object }) => d.locations)).toEqual([
      { megatron: '/data/a_text_document', lingua: 'a' },
      { megatron: '/elsewhere/b', lingua: 'b' },
    ]);
    // The corpus is what its domains are, however it was written.
    const written = body.domains.map(({ naturalWeight: _, ...rest }: { naturalWeight: number }) => rest);
    const again = await api.post('/v1/corpora', { name: 'template', domains: written });
    expect([again.status, again.body.id]).toEqual([200, body.id]);
  });

  it.each([
    ['/data/all', /must hold \{domain\}; got "\/data\/all"/],
    [`{domain}{domain}${'x'.repeat(980)}`, /longer than 1000 characters for "a_longer_name"/],
  ])('refuses the template %s', async (template, message) => {
    const { status, body } = await api.post('/v1/corpora', {
      name: 'template',
      domains: [domain('a'), domain('a_longer_name')],
      locations: { megatron: template },
    });
    expect([status, body.code]).toEqual([422, 'location-template']);
    expect(body.errors).toEqual([{ field: 'locations.megatron', message: expect.stringMatching(message) }]);
  });

  it('takes a corpus that is larger than other bodies may be', async () => {
    const domains = Array.from({ length: 300 }, (_, i) => ({
      ...domain(`d${i}`),
      locations: { megatron: `/data/${'x'.repeat(900)}${i}` },
    }));
    expect((await api.post('/v1/corpora', { name: 'large', domains })).status).toBe(201);
  });

  it.each([
    ['one domain', [domain('a')], 'domains', /at least two domains/],
    [
      'a duplicate domain',
      [domain('a'), domain('b'), domain('a')],
      'domains.2.name',
      /duplicate domain "a".*domains\.0/,
    ],
    [
      'a source that leaves the data folder',
      [domain('a'), { ...domain('b'), source: '../b' }],
      'domains.1.source',
      /\.\./,
    ],
    ['an absolute source', [domain('a'), { ...domain('b'), source: '/etc/passwd' }], 'domains.1.source', /relative/],
    ['a domain without tokens', [domain('a'), domain('b', 0)], 'domains.1.tokens', />0; got 0/],
    ['a missing field', [domain('a'), { name: 'b', tokens: 3 }], 'domains.1.source', /missing/],
    ['a name which no file can hold', [domain('a'), domain('b/c')], 'domains.1.name', /letters, digits/],
    [
      'an unknown field',
      [domain('a'), { ...domain('b'), size: 3 }],
      'domains.1.size',
      /unknown field; allowed are name, /,
    ],
  ])('refuses %s', async (_what, domains, field, message) => {
    const { status, body, headers } = await api.post('/v1/corpora', { name: 'bad', domains });
    expect(status).toBe(422);
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect(body).toMatchObject({ code: 'invalid-request', status: 422 });
    expect(body.errors.map((error: { field: string }) => error.field)).toContain(field);
    expect(body.errors.find((error: { field: string }) => error.field === field).message).toMatch(message);
  });

  it('says what is not there', async () => {
    const { status, body } = await api.get('/v1/corpora/cor_none');
    expect([status, body.code]).toEqual([404, 'corpus-not-found']);
    expect((await api.get(`/v1/corpora/${'x'.repeat(100)}`)).status).toBe(422);
  });
});
