// Microsoft's Graph client for JavaScript, as it comes, against the running server behind a proxy that ends TLS.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';

import { BatchResponseContent, GraphError, PageIterator } from '@microsoft/microsoft-graph-client';

import { Gangway } from './gangway.mjs';

const PARTNERS = '/deviceManagement/remoteAssistancePartners';
const NAMES = ['Alpha', "Beta's", 'Gamma & Delta', 'Gamma + Zeta', 'Omega'];
const WINDOW = 4;

async function createAll(client) {
  for (const displayName of NAMES) await client.api(PARTNERS).post({ displayName });
}

const names = (page) => page.value.map((partner) => partner.displayName);

for (const version of ['v1.0', 'beta']) {
  describe(version, () => {
    let gangway;
    before(async () => {
      gangway = await Gangway.start();
    });
    after(async () => {
      assert.equal(await gangway.stop(), 0, 'the server did not end well');
    });

    test('a partner is created, read, changed, disconnected and removed', async () => {
      const client = gangway.client(version);
      const created = await client.api(PARTNERS).post({ displayName: 'Contoso Remote', onboardingStatus: 'onboarded' });
      const one = `${PARTNERS}/${created.id}`;
      assert.ok(created['@odata.context'].startsWith(`${gangway.url}/${version}/$metadata#`));
      const changed = await client.api(one).patch({ displayName: 'Fabrikam Remote' });
      assert.equal(changed.displayName, 'Fabrikam Remote');
      await client.api(`${one}/disconnect`).post();
      await client.api(`${one}/disconnect`).post({});
      assert.equal((await client.api(one).get()).onboardingStatus, 'notOnboarded');
      await client.api(one).delete();
      await assert.rejects(client.api(one).get(), (error) => {
        assert.ok(error instanceof GraphError);
        assert.deepEqual([error.statusCode, error.code], [404, 'ResourceNotFound']);
        assert.match(error.requestId, /^[0-9a-f-]{36}$/);
        assert.ok(Math.abs(error.date - Date.now()) < 26 * 3600 * 1000, `${error.date}`);
        return true;
      });
    });

    test('partners are filtered, ordered, searched, cut and counted', async () => {
      const client = gangway.client(version);
      await createAll(client);
      const list = () => client.api(PARTNERS);
      const quoted = (text) => encodeURIComponent(`displayName eq '${text.replaceAll("'", "''")}'`);
      for (const name of NAMES) assert.deepEqual(names(await list().filter(quoted(name)).get()), [name]);
      assert.deepEqual(names(await list().orderby('displayName desc').top(2).get()), ['Omega', 'Gamma + Zeta']);
      assert.deepEqual(names(await list().orderby('displayName').skip(3).get()), ['Gamma + Zeta', 'Omega']);
      assert.deepEqual(names(await list().search('"omega"').get()), ['Omega']);
      const counted = await list().select(['id', 'displayName']).filter("startswith(displayName,'G')").count(true).get();
      assert.equal(counted['@odata.count'], 2);
      assert.deepEqual(Object.keys(counted.value[0]), ['@odata.type', 'id', 'displayName']);
      assert.equal(Number(await client.api(`${PARTNERS}/$count`).get()), NAMES.length);
    });

    test('a page iterator sees everything once and no empty page', async () => {
      const client = gangway.client(version);
      await createAll(client);
      gangway.seen = [];
      const found = [];
      const filter = encodeURIComponent("displayName ne 'Gamma & Delta'");
      const first = await client.api(PARTNERS).top(2).orderby('displayName').filter(filter).count(true).get();
      assert.ok(first['@odata.nextLink'].startsWith(`${gangway.url}/${version}${PARTNERS}?`));
      const pages = new PageIterator(client, first, (partner) => found.push(partner.displayName) > 0);
      await pages.iterate();
      assert.ok(pages.isComplete());
      assert.deepEqual(found, NAMES.filter((name) => name !== 'Gamma & Delta'));
      assert.equal(gangway.seen.length, 2);
    });

    test('a page iterator goes on where it was stopped, in pages as long as is preferred', async () => {
      const client = gangway.client(version);
      await createAll(client);
      gangway.seen = [];
      const found = [];
      const preferred = { Prefer: 'odata.maxpagesize=2' };
      const first = await client.api(PARTNERS).headers(preferred).orderby('displayName').get();
      const stopping = (partner) => found.push(partner.displayName) !== 3;
      const pages = new PageIterator(client, first, stopping, { headers: preferred });
      await pages.iterate();
      assert.equal(found.length, 3);
      assert.ok(!pages.isComplete());
      await pages.resume();
      assert.deepEqual(found, NAMES);
      assert.deepEqual(gangway.seen.map(({ status }) => status), [200, 200, 200]);
    });

    test('a batch answers each of its requests', async () => {
      const client = gangway.client(version);
      const { id } = await client.api(PARTNERS).post({ displayName: 'Contoso Remote', onboardingStatus: 'onboarded' });
      const content = await gangway.batch(
        gangway.part('one', 'GET', `${PARTNERS}/${id}`),
        gangway.part('cut', 'POST', `${PARTNERS}/${id}/disconnect`),
        gangway.part('count', 'GET', `/${version}${PARTNERS}/$count?$filter=displayName eq 'Contoso Remote'`),
        gangway.part('none', 'GET', `${PARTNERS}/${randomUUID()}`),
      );
      const answered = new BatchResponseContent(await client.api('/$batch').post(content));
      const status = (name) => answered.getResponseById(name).status;
      assert.deepEqual(['one', 'cut', 'count', 'none'].map(status), [200, 204, 200, 404]);
      assert.equal((await answered.getResponseById('one').json()).displayName, 'Contoso Remote');
      assert.equal(await answered.getResponseById('count').text(), '1');
      assert.equal((await answered.getResponseById('none').json()).error.code, 'ResourceNotFound');
      assert.equal((await client.api(`${PARTNERS}/${id}`).get()).onboardingStatus, 'notOnboarded');
    });

    test('what depends on another request of a batch comes after it, and fails with it', async () => {
      const client = gangway.client(version);
      const id = randomUUID();
      const one = `${PARTNERS}/${id}`;
      const content = await gangway.batch(
        gangway.part('create', 'POST', PARTNERS, { id, displayName: 'Contoso Remote', onboardingStatus: 'onboarded' }),
        gangway.part('cut', 'POST', `${one}/disconnect`, undefined, ['create']),
        gangway.part('read', 'GET', one, undefined, ['cut']),
        gangway.part('refused', 'PATCH', one, { colour: 'green' }, ['read']),
        gangway.part('never', 'DELETE', one, undefined, ['refused']),
      );
      const answered = new BatchResponseContent(await client.api('/$batch').post(content));
      const statuses = [...answered.getResponses()].map(([name, { status }]) => [name, status]);
      assert.deepEqual(Object.fromEntries(statuses), { create: 201, cut: 204, read: 200, refused: 400, never: 424 });
      assert.equal((await answered.getResponseById('read').json()).onboardingStatus, 'notOnboarded');
      assert.equal(answered.getResponseById('create').headers.get('location'), `${gangway.url}/${version}${one}`);
      assert.equal((await client.api(one).get()).displayName, 'Contoso Remote');
    });

    test('audit events are filtered by time and kind', async () => {
      const client = gangway.client(version);
      await createAll(client);
      const since = new Date(Date.now() - 3600 * 1000).toISOString();
      const events = client.api('/deviceManagement/auditEvents');
      const page = await events.filter(`activityDateTime ge ${since} and activityOperationType eq 'Create'`).get();
      assert.equal(page.value.length, NAMES.length);
      const one = await client.api(`/deviceManagement/auditEvents/${page.value[0].id}`).get();
      assert.equal(one.resources[0].displayName, 'Omega');
      const types = "/deviceManagement/auditEvents/getAuditActivityTypes(category='RemoteAssistance')";
      assert.ok((await client.api(types).get()).value.includes(one.activityType));
    });
  });
}

// A server for one test.
async function start(test, settings) {
  const gangway = await Gangway.start(settings);
  test.after(async () => assert.equal(await gangway.stop(), 0, 'the server did not end well'));
  return gangway;
}

test('settings are read and set', async (t) => {
  const gangway = await start(t);
  const settings = gangway.client().api('/deviceManagement/remoteAssistanceSettings').version('beta');
  assert.equal((await settings.get()).remoteAssistanceState, 'disabled');
  assert.equal((await settings.patch({ blockChat: true })).blockChat, true);
});

test('a client that is throttled waits as long as it is told and is then served', async (t) => {
  const gangway = await start(t, {
    GANGWAY_THROTTLE__ENABLED: 'true',
    GANGWAY_THROTTLE__WINDOW_SECONDS: `${WINDOW}`,
    GANGWAY_THROTTLE__APPLICATION_WRITES: '2',
  });
  const client = gangway.client();
  for (const displayName of ['First', 'Second', 'Third']) await client.api(PARTNERS).post({ displayName });
  assert.deepEqual(gangway.seen.map(({ status }) => status), [201, 201, 429, 201]);
  assert.equal(gangway.seen.at(-1).headers['retry-attempt'], '1');
});
