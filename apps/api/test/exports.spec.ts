import { strFromU8, unzipSync } from 'fflate';
import { beforeAll, describe, expect, it } from 'vitest';
import { type ExportResponse, exportSchema } from '#libs/contracts';
import { digestOf, exportTag, formatNames, formats } from '#libs/training-configs';
import { reservedNames } from '../src/exports/export-query.js';
import { withApi } from './harness.js';
import { type PlantedProposal, plantProposal, proposalRecord } from './plant-proposal.js';

const api = withApi();
const location = 'location=/data/{domain}_text_document';
let planted: PlantedProposal;
let path: string;

beforeAll(async () => {
  planted = await plantProposal(api.store);
  path = `/v1/proposals/${planted.proposal.id}/export`;
});

const withTag = (query: string, tag: string) => api.get(`${path}?${query}`, { 'if-none-match': tag });

describe('an export as JSON', () => {
  it('is what the contract says, with every file and where the weights come from', async () => {
    const { status, body, headers } = await api.get(`${path}?format=megatron&${location}`);
    expect(status).toBe(200);
    expect(exportSchema.parse(body)).toEqual(body);
    expect(body).toMatchObject({
      format: 'megatron',
      unit: 'sequences',
      sweepId: planted.sweep.id,
      proposalId: planted.proposal.id,
      mixture: 'proposal',
      attention: 'no confirmation run has tested this proposal yet (the sweep is completed).',
      targetTokens: 10_000_000_000,
    });
    const files = Object.fromEntries(
      body.files.map((file: ExportResponse['files'][number]) => [file.path, file.content]),
    );
    expect(files['blend.txt']).toContain('0.500000000000 /data/web_text_document\n');
    const sidecar = JSON.parse(files['megatron.meta.json']);
    expect(sidecar).toMatchObject({ proposalId: planted.proposal.id, hash: planted.proposal.hash });
    expect(sidecar.provenance).toEqual({ seed: 1, attention: body.attention });
    const books = body.phases[0].domains.find(({ domain }: { domain: string }) => domain === 'books');
    expect(books).toMatchObject({ epochs: 2, availableTokens: 1e9, trainingTokens: 2e9 });
    expect(headers.get('cache-control')).toBe('no-cache');
    expect(headers.get('etag')).toBe(`"${exportTag(body.files)}"`);
  });

  it('is answered with 304 and no body while nothing changed, also to a client that computed the tag itself', async () => {
    const { body, headers, text } = await api.get(`${path}?format=csv`);
    const tag = headers.get('etag')!;
    for (const known of [tag, `W/${tag}`, `"other", ${tag}`, '*', `"${exportTag(body.files)}"`]) {
      const again = await withTag('format=csv', known);
      expect([again.status, again.text, again.headers.get('etag')]).toEqual([304, '', tag]);
      expect(again.headers.get('content-type')).toBeNull();
      expect(again.headers.get('cache-control')).toBe('no-cache');
    }
    for (const other of ['"other"', tag.replaceAll('"', ''), '']) {
      expect(await withTag('format=csv', other)).toMatchObject({ status: 200, text });
    }
    expect((await withTag('format=json', tag)).status).toBe(200);
    expect((await withTag('format=csv&targetTokens=5e9', tag)).status).toBe(200);
  });

  it('has another tag once the proposal was confirmed: what the answer says stands in the files', async () => {
    const { sweep, proposal } = await plantProposal(api.store, { sweep: { state: 'confirming', finishedAt: null } });
    const before = await api.get(`/v1/proposals/${proposal.id}/export?format=csv`);
    expect(before.body.attention).toContain('(the sweep is confirming)');
    const confirmation = { recommended: 'proposal', weights: proposal.weights, statement: 'It wins.' } as never;
    await api.store.transaction((tx) =>
      tx.updateSweep(sweep.id, ['confirming'], { state: 'completed', confirmation }).then(() => undefined),
    );
    const after = await api.get(`/v1/proposals/${proposal.id}/export?format=csv`, {
      'if-none-match': before.headers.get('etag')!,
    });
    expect([after.status, after.body.attention]).toEqual([200, null]);
    const csv = ({ body }: typeof after) => body.files[0];
    expect(csv(after)).toEqual(csv(before));
  });

  it.each(formatNames)('works for %s with the options of its example', async (format) => {
    const query = new URLSearchParams({ format });
    for (const [name, value] of Object.entries(formats[format]!.example)) {
      for (const item of [value].flat()) query.append(name, String(item));
    }
    const { status, body, text } = await api.get(`${path}?${query}`);
    expect(status, text).toBe(200);
    expect(exportSchema.parse(body)).toEqual(body);
    expect(body.phases[0].domains.map(({ domain }: { domain: string }) => domain)).toEqual(['web', 'code', 'books']);
  });

  it('takes an option that is a list once or several times', async () => {
    const validOf = async (query: string) => {
      const { body } = await api.get(`${path}?format=megatron&${location}&${query}`);
      const file = body.files.find((candidate: { path: string }) => candidate.path === 'blend.per-split.json');
      return JSON.parse(file.content).valid;
    };
    expect(await validOf('valid=/v')).toEqual(['/v']);
    expect(await validOf('valid=/v&valid=/w')).toEqual(['/v', '/w']);
  });
});

describe('an export as files', () => {
  it('gives the text of one, tagged with its own digest', async () => {
    const { body } = await api.get(`${path}?format=megatron&${location}`);
    for (const file of body.files) {
      const query = `format=megatron&${location}&file=${file.path}`;
      const one = await api.get(`${path}?${query}`);
      expect(one.text).toBe(file.content);
      expect(one.headers.get('content-type')).toBe('text/plain; charset=utf-8');
      expect(one.headers.get('content-disposition')).toBe(`attachment; filename="${file.path}"`);
      expect(one.headers.get('etag')).toBe(`"${digestOf(file).sha256}"`);
      expect((await withTag(query, one.headers.get('etag')!)).status).toBe(304);
    }
  });

  it('gives an archive of the same files, with the same bytes every time', async () => {
    const url = `${api.url}${path}?format=megatron&${location}&as=zip`;
    const download = async () => {
      const response = await fetch(url);
      return { response, bytes: new Uint8Array(await response.arrayBuffer()) };
    };
    const [first, second] = [await download(), await download()];
    const { files } = (await api.get(`${path}?format=megatron&${location}`)).body as ExportResponse;
    const unpacked = Object.entries(unzipSync(first.bytes)).map(([name, bytes]) => ({
      path: name,
      content: strFromU8(bytes),
    }));
    expect(unpacked).toEqual(files);
    expect(second.bytes).toEqual(first.bytes);
    const { headers } = first.response;
    expect(headers.get('content-type')).toBe('application/zip');
    expect(headers.get('content-disposition')).toBe(`attachment; filename="${planted.proposal.id}-megatron.zip"`);
    expect(headers.get('content-length')).toBe(String(first.bytes.length));
    const tag = headers.get('etag')!;
    expect(tag).toBe(`"${exportTag(files)}-zip"`);
    expect((await withTag(`format=megatron&${location}&as=zip`, tag)).status).toBe(304);
    expect((await withTag(`format=megatron&${location}`, tag)).status).toBe(200);
  });
});

describe('an export of several phases', () => {
  it('takes later phases from proposals and from what sweeps recommend, and says what must be known of each', async () => {
    const natural = {
      recommended: 'natural',
      weights: { web: 0.6, code: 0.3, books: 0.1 },
      statement: 'It wins.',
    } as const;
    const other = await plantProposal(api.store, { confirmation: natural });
    const anneal = await plantProposal(api.store, {
      weights: { web: 0.1, code: 0.4, books: 0.5 },
      confirmation: { recommended: 'proposal', weights: {}, statement: '' },
    });
    const later = `then=${other.sweep.id}@50%25&then=anneal=${anneal.proposal.id}@0.9`;
    const { status, body, text } = await api.get(`${path}?format=json&${later}&maxEpochs=10`);
    expect(status, text).toBe(200);
    const phases = body.phases as ExportResponse['phases'];
    expect(phases.map(({ name, start }) => [name, start])).toEqual([
      ['phase-1', 0],
      ['phase-2', 0.5],
      ['anneal', 0.9],
    ]);
    expect(phases.map(({ domains }) => domains[0]!.weight)).toEqual([0.5, 0.6, 0.1]);
    expect(phases[0]!.domains[2]!.epochsOfRun).toBeCloseTo(0.5 * 2 + 0.4 * 1 + 0.1 * 5, 9);
    expect(body.attention).toBe(
      'phase phase-1: no confirmation run has tested this proposal yet (the sweep is completed). ' +
        'phase phase-2: these are the weights of the natural mixture, not of the proposal. It wins.',
    );
    const sidecar = JSON.parse(body.files.at(-1).content);
    expect(sidecar.provenance.attention).toBe(body.attention);
    expect(sidecar.provenance.phases.map(({ proposalId }: { proposalId: string }) => proposalId)).toEqual([
      planted.proposal.id,
      `${other.sweep.id}:natural`,
      anneal.proposal.id,
    ]);
  });

  it('says of which domains the corpora of the phases say different things', async () => {
    const [web, ...rest] = planted.corpus.domains;
    const larger = await plantProposal(api.store, { corpus: { domains: [{ ...web!, tokens: 9e9 }, ...rest] } });
    const { body } = await api.get(`${path}?format=json&then=${larger.proposal.id}@0.5`);
    expect(body.warnings).toEqual([
      'the corpora of the phases do not agree on "web": what that of the first says of it counts',
    ]);
    expect(body.phases[1].domains[0].availableTokens).toBe(6e9);
  });

  it('names the parameter that a format refuses the phases for', async () => {
    const later = `then=${planted.proposal.id}@0.99`;
    const query = `format=nanotron&location=/data/{domain}&${later}`;
    const { status, body } = await api.get(`${path}?${query}&trainSteps=10`);
    expect([status, body.code, body.errors[0].field]).toEqual([422, 'phases', 'then']);
    expect(body.detail).toMatch(/"phase-2" would last no step: the run has 10 steps/);
    const without = (await api.get(`${path}?${query}`)).body;
    expect([without.code, without.errors[0].field]).toEqual(['export-option', 'trainSteps']);
    const several = (await api.get(`${path}?${query}&trainSteps=1000`)).body as ExportResponse;
    expect(several.phases.map(({ name }) => name)).toEqual(['phase-1', 'phase-2']);
    expect(several.files.map((file) => file.path)).not.toContain('PHASES.md');
  });

  it.each<[string, string, RegExp]>([
    ['then=nothing', 'phases', /\[name=\]proposal@start.*got "nothing"/],
    ['then=prp_none@0.5', 'proposal-not-found', /no proposal or sweep "prp_none"/],
    ['then=a%20b@0.5', 'proposal-not-found', /no proposal or sweep "a b"/],
    ['then=PROPOSAL@1.5', 'phases', /in \[0, 1\), such as 0\.9; got 1\.5/],
    ['then=PROPOSAL@0.5&then=PROPOSAL@0.5', 'phases', /not after the one before it at 0\.5/],
    ['then=x=PROPOSAL@0.5&then=x=PROPOSAL@0.6', 'phases', /two phases have the name "x"/],
    ['then=RUNNING@0.5', 'proposal-not-found', /has no proposal yet \(it is running\)/],
  ])('refuses %s, naming the field', async (query, code, message) => {
    const running = await plantProposal(api.store, { sweep: { state: 'running', proposalId: null } });
    const asked = query.replaceAll('PROPOSAL', planted.proposal.id).replaceAll('RUNNING', running.sweep.id);
    const { status, body } = await api.get(`${path}?format=json&${asked}`);
    expect([status, body.code]).toEqual([422, code]);
    expect(body.errors[0].field).toBe('then');
    expect(body.detail).toMatch(message);
  });
});

describe('the mixture that a sweep recommends', () => {
  const statement = 'The statement.';
  const exported = async (id: string) => (await api.get(`/v1/sweeps/${id}/export?format=csv`)).body;

  it('is the proposal where the confirmation says so: byte for byte the same export', async () => {
    const weights = { web: 0.5, code: 0.3, books: 0.2 };
    const { sweep, proposal } = await plantProposal(api.store, {
      confirmation: { recommended: 'proposal', weights, statement },
    });
    const own = await api.get(`/v1/proposals/${proposal.id}/export?format=csv`);
    const recommended = await api.get(`/v1/sweeps/${sweep.id}/export?format=csv`);
    expect(recommended.text).toBe(own.text);
    expect(recommended.headers.get('etag')).toBe(own.headers.get('etag'));
    expect(own.body).toMatchObject({ mixture: 'proposal', proposalId: proposal.id, attention: null });
  });

  it('is another one where the confirmation says so, and whoever asks for the proposal is told', async () => {
    const weights = { web: 0.6, code: 0.3, books: 0.1 };
    const { sweep, proposal } = await plantProposal(api.store, {
      confirmation: { recommended: 'natural', weights, statement },
    });
    const body = await exported(sweep.id);
    expect(exportSchema.parse(body)).toEqual(body);
    expect(body).toMatchObject({
      mixture: 'natural',
      proposalId: null,
      sweepId: sweep.id,
      attention: `these are the weights of the natural mixture, not of the proposal. ${statement}`,
    });
    expect(body.phases[0].domains.map(({ weight }: { weight: number }) => weight)).toEqual([0.6, 0.3, 0.1]);
    const sidecar = JSON.parse(body.files.at(-1).content);
    expect(sidecar).toMatchObject({
      proposalId: `${sweep.id}:natural`,
      mixture: 'natural',
      createdAt: '2026-02-03T04:05:06.000Z',
      hash: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      provenance: { sweepId: sweep.id, mixture: 'natural', reason: statement, attention: body.attention },
    });
    const own = (await api.get(`/v1/proposals/${proposal.id}/export?format=csv`)).body;
    expect(own).toMatchObject({ mixture: 'proposal', proposalId: proposal.id });
    expect(own.attention).toBe(
      `the confirmation runs recommend the natural mixture instead of this proposal. ${statement} ` +
        `"cuvee pull ${sweep.id}" writes the recommended one.`,
    );
  });

  it('is what the fit says where nothing was confirmed', async () => {
    const recommended = { mixture: 'best-observed', weights: { web: 0.2, code: 0.2, books: 0.6 }, reason: 'of noise' };
    const { sweep, proposal } = await plantProposal(api.store, {
      document: { recommended },
      sweep: { state: 'confirming', finishedAt: null },
    });
    const body = (await api.get(`/v1/sweeps/${sweep.id}/export?format=csv&maxEpochs=8`)).body;
    expect(body.attention).toBe(
      'these are the weights of the best observed mixture, not of the proposal. ' +
        'No confirmation run has tested either; the fit says: of noise.',
    );
    expect(body.phases[0].domains[2].weight).toBe(0.6);
    const own = (await api.get(`/v1/proposals/${proposal.id}/export?format=csv`)).body;
    expect(own.attention).toMatch(
      /^its document recommends the best observed mixture instead of this proposal\. No conf/,
    );
  });

  it('of another proposal of the sweep says nothing: the runs tested the sweep’s own', async () => {
    const weights = { web: 0.5, code: 0.3, books: 0.2 };
    const { sweep, proposal } = await plantProposal(api.store, {
      confirmation: { recommended: 'proposal', weights, statement },
    });
    const another = proposalRecord(`${proposal.id}-b`, sweep.id, proposal.fitId, { web: 0.2, code: 0.4, books: 0.4 });
    await api.store.transaction((tx) => tx.insertProposal(another));
    const { body } = await api.get(`/v1/proposals/${another.id}/export?format=csv`);
    expect(body.attention).toBe(
      `no confirmation run has tested this proposal: those of ${sweep.id} tested ${proposal.id}.`,
    );
  });

  it('is not there before the first proposal', async () => {
    const { sweep } = await plantProposal(api.store, { sweep: { state: 'running', proposalId: null } });
    const { status, body } = await api.get(`/v1/sweeps/${sweep.id}/export?format=csv`);
    expect([status, body.code]).toEqual([409, 'state-conflict']);
    expect(body.detail).toBe(`Sweep ${sweep.id} has no proposal yet (it is running).`);
    expect((await api.get('/v1/sweeps/swp_none/export?format=csv')).body.code).toBe('sweep-not-found');
    expect((await api.get('/v1/proposals/prp_none/export?format=csv')).body.code).toBe('proposal-not-found');
  });
});

describe('what a format needs of the corpus', () => {
  const withDomains = (change: object) => ({
    domains: planted.corpus.domains.map((domain) => ({ ...domain, ...change })),
  });

  it('is passed on as far as it is known: one unknown domain leaves the epochs of the others', async () => {
    const [web, ...rest] = planted.corpus.domains;
    const { proposal } = await plantProposal(api.store, {
      corpus: { domains: [{ ...web!, tokens: null }, ...rest] },
      document: { constraints: { targetTokens: 5e9, maxEpochs: 4 } },
    });
    const { body } = await api.get(`/v1/proposals/${proposal.id}/export?format=json`);
    expect(body.phases[0].domains.map(({ epochs }: { epochs: number }) => epochs)).toEqual([null, 0.5, 1]);
  });

  it('caps the passes at what the proposal was made for, not at what its sweep was', async () => {
    const constraints = { targetTokens: 10e9, maxEpochs: 1.5 };
    const { proposal, sweep } = await plantProposal(api.store, { document: { constraints } });
    expect(sweep.specification.constraints.maxEpochs).toBe(4);
    const url = `/v1/proposals/${proposal.id}/export?format=json`;
    const { status, body } = await api.get(url);
    expect([status, body.code]).toEqual([422, 'repetition-above-cap']);
    expect(body.errors[0].field).toBe('maxEpochs');
    expect(body.detail).toMatch(/"books" would be repeated for 2 epochs, above the cap of 1\.5/);
    expect((await api.get(`${url}&maxEpochs=2`)).status).toBe(200);
    expect((await api.get(`${url}&targetTokens=7e9`)).status).toBe(200);
  });

  it('is what converts token shares where a weight counts documents', async () => {
    const query = 'format=hf-interleave&location=org/{domain}';
    const { body } = await api.get(`${path}?${query}`);
    const [web, code, books] = [0.5 / 1000, 0.3 / 3000, 0.2 / 100_000];
    const amounts = body.phases[0].domains.map(({ amount }: { amount: string }) => Number(amount));
    expect(body.unit).toBe('documents');
    expect(amounts[0]).toBeCloseTo(web / (web + code + books), 12);
    expect(amounts[2]).toBeCloseTo(books / (web + code + books), 12);
    const { proposal } = await plantProposal(api.store, { corpus: withDomains({ documents: undefined }) });
    const unknown = await api.get(`/v1/proposals/${proposal.id}/export?${query}`);
    expect([unknown.status, unknown.body.code, unknown.body.errors[0].field]).toEqual([
      422,
      'unit-facts-missing',
      'corpus',
    ]);
    expect(unknown.body.detail).toMatch(/tokens and documents of "web", "code", "books" must be known/);
  });

  it('may come from another corpus than the one that the sweep began with', async () => {
    const before = await plantProposal(api.store, { corpus: withDomains({ documents: undefined }) });
    const url = `/v1/proposals/${before.proposal.id}/export?format=hf-interleave&location=org/{domain}`;
    expect((await api.get(url)).body.code).toBe('unit-facts-missing');
    const { status, body, text } = await api.get(`${url}&corpus=${planted.corpus.id}`);
    expect(status, text).toBe(200);
    const known = (await api.get(`${path}?format=hf-interleave&location=org/{domain}`)).body;
    expect(body.phases).toEqual(known.phases);
    const joined = `${url}&corpus=${planted.corpus.id}&then=${planted.proposal.id}@0.5`;
    expect((await api.get(joined)).body.warnings).toEqual([]);

    const none = await api.get(`${url}&corpus=cor_none`);
    expect([none.status, none.body.code, none.body.errors[0].field]).toEqual([422, 'corpus-not-found', 'corpus']);
    const domains = planted.corpus.domains.slice(0, 2);
    const { corpus } = await plantProposal(api.store, { corpus: { domains } });
    const less = await api.get(`${url}&corpus=${corpus.id}`);
    expect([less.status, less.body.code, less.body.errors[0].field]).toEqual([422, 'domain-unknown', 'corpus']);
    expect(less.body.detail).toContain(`${corpus.id} has no domain "books"`);
  });

  it('is a location of each domain where it registers one', async () => {
    const locations = { megatron: '/own/{domain}' };
    const { proposal } = await plantProposal(api.store, { corpus: withDomains({ locations }) });
    const { body } = await api.get(`/v1/proposals/${proposal.id}/export?format=megatron`);
    expect(body.phases[0].domains[0].key).toBe('/own/web');
  });
});

it.each<[string, string, string, RegExp]>([
  ['format=yaml', 'invalid-request', 'format', /"megatron".*got "yaml"/],
  ['', 'invalid-request', 'format', /missing|expected one of/],
  ['format=csv&as=tar', 'invalid-request', 'as', /"json"\|"zip"; got "tar"/],
  ['format=csv&as=zip&file=mixture.csv', 'invalid-request', 'as', /must not be zip where one file is asked for/],
  ['format=csv&file=none.txt', 'file-unknown', 'file', /no file "none.txt"; it has mixture.csv, csv.meta.json/],
  ['format=csv&colour=red', 'export-option', 'colour', /no option "colour"; it has targetTokens, /],
  ['format=csv&draws=many', 'export-option', 'draws', /whole number above 0; got "many"/],
  ['format=csv&draws=1&draws=2', 'export-option', 'draws', /whole number above 0; got \["1","2"\]/],
  ['format=megatron', 'location-missing', 'location', /where "web" lies/],
  ['format=megatron&location=/data/same', 'location-duplicate', 'location', /"web" and "code" have the same location/],
  ['format=megatron&location=/a%20b/{domain}', 'location-invalid', 'location', /white space/],
  ['format=csv&maxEpochs=1', 'repetition-above-cap', 'maxEpochs', /"books" would be repeated for 2 epochs/],
])('refuses %j with the code %s', async (query, code, field, message) => {
  const { status, body, headers } = await api.get(`${path}?${query}`);
  expect([status, body.code]).toEqual([422, code]);
  expect(headers.get('content-type')).toContain('application/problem+json');
  expect(headers.get('etag')).toBeNull();
  expect(body.errors.map((error: { field: string }) => error.field)).toContain(field);
  expect(body.detail).toMatch(message);
});

it('ends the work for clients that went away, and goes on with those that wait', async () => {
  const gone = new AbortController();
  const endless = Array.from({ length: 5 }, () =>
    fetch(`${api.url}${path}?format=csv&draws=100000000000000`, { signal: gone.signal }).catch((error) => error.name),
  );
  // More than are worked on at a time: this one waits its turn.
  await api.get('/health/live');
  const waiting = api.get(`${path}?format=csv`);
  await api.get('/health/live');
  gone.abort();
  expect((await waiting).status).toBe(200);
  expect(await Promise.all(endless)).toEqual(endless.map(() => 'AbortError'));
});

it('no format has an option whose name the route takes for itself', () => {
  for (const { name, options } of Object.values(formats)) {
    expect([name, reservedNames.filter((reserved) => Object.hasOwn(options, reserved))]).toEqual([name, []]);
  }
});
