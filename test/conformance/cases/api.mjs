import {randomBytes} from 'node:crypto';

import {area} from '../lib/cases.mjs';
import {eventually} from '../lib/client.mjs';
import {Api, adminOf, checkProblem, keys, keysFile, serverWithApi} from '../lib/api.mjs';
import {Mismatch, check, oneOf} from '../lib/matching.mjs';

const test = area('api', 'The HTTP API for other programs', {ownServers: true});

test('without keys only health and metrics are there', async ({start}) => {
  const api = new Api(await adminOf(await start('--admin-port', '0')));
  for (const path of ['/v1/topics', '/openapi.json', '/v1/nodes']) check(404, (await api.get(path)).status, path);
  check(200, (await api.as(null).get('/health/live')).status);
});

test('a request without a key, with a wrong one or with a wrong scheme is 401', async (context) => {
  const {api} = await serverWithApi(context);
  for (const secret of [null, 'wrong', 'secret-of-al', 'secret-of-alll', '', 'Bearer secret-of-all']) {
    const answer = await api.as(secret).get('/v1/topics');
    checkProblem(401, answer, `${secret}`);
    if (!answer.headers['www-authenticate'].startsWith('Bearer ')) throw new Mismatch('Bearer', answer.headers);
  }
  const basic = await api.as(null).ask('GET', '/v1/topics', {headers: {authorization: 'Basic c2VjcmV0LW9mLWFsbA=='}});
  checkProblem(401, basic);
  check(200, (await api.as(null).ask('GET', '/v1/topics', {headers: {authorization: 'bearer secret-of-all'}})).status);
});

test('a key without the scope is 403', async (context) => {
  const {api} = await serverWithApi(context);
  const [shop, watcher] = [api.as('secret-of-the-shop'), api.as('secret-of-watcher')];
  check(202, (await shop.publish('room:1', 'a', {})).status);
  checkProblem(403, await shop.get('/v1/topics'));
  checkProblem(403, await shop.ask('POST', '/v1/disconnect', {body: {id: 'a'}}));
  check(200, (await watcher.get('/v1/topics')).status);
  checkProblem(403, await watcher.publish('room:1', 'a', {}));
  checkProblem(403, await watcher.ask('DELETE', '/v1/sockets/x'));
});

test('many wrong secrets are 429 and slow, and a good one is answered meanwhile', async (context) => {
  const {api} = await serverWithApi(context, '--max-wrong-key-rate', '1');
  const guessers = Array.from({length: 20}, () => api.as('guess'));
  context.after(() => guessers.forEach((guesser) => guesser.close()));
  let late;
  do {
    const guesses = await Promise.all(guessers.map((guesser) => guesser.get('/v1/topics')));
    for (const guess of guesses) checkProblem(oneOf(401, 429), guess);
    late = guesses.find(({status}) => status === 429);
  } while (!late);
  if (!(Number(late.headers['retry-after']) >= 1)) throw new Mismatch('Retry-After', late.headers);
  check(200, (await api.get('/v1/topics')).status);
});

test('keys are read again on SIGHUP, and secrets are in no line of the log', async (context) => {
  const {server, api, file} = await serverWithApi(context);
  const reload = async () => {
    const before = server.stderr.length;
    server.signal('SIGHUP');
    await eventually('a line about the reload', () => /configuration (not )?reloaded/.test(server.stderr.slice(before)));
    return server.stderr.slice(before);
  };
  file.write(keys.replace('secret-of-all', 'another-secret'));
  await reload();
  checkProblem(401, await api.get('/v1/topics'));
  check(200, (await api.as('another-secret').get('/v1/topics')).status);
  file.write('all another-secret-still read,everything\n');
  const line = await reload();
  if (!line.includes('keys:1:31: unknown scope')) throw new Mismatch('the place of the fault', line);
  check(200, (await api.as('another-secret').get('/v1/topics')).status);
  if (/secret-of|another-secret/.test(server.stderr)) throw new Mismatch('no secret', server.stderr);
});

const wrongKeys = [
  ['a missing word', 'shop secret\n', /keys:1:12: /],
  ['an unknown scope', '\n# a comment\nshop secret publish,write\n', /keys:3:21: .*publish, read and manage/],
  ['a word too many', 'shop secret read more\n', /keys:1:18: /],
  ['a name twice', 'a s1 read\na s2 read\n', /keys:2:1: /],
  ['a secret twice', 'a s1 read\nb s1 read\n', /keys:2:3: /],
];
for (const [mistake, text, says] of wrongKeys) {
  test(`${mistake} in the file of keys: one line on standard error, exit code 2`, async (context) => {
    const file = keysFile(context, text);
    const {code, stdout, stderr} = await context.run('reference', '--port', '0', '--admin-port', '0', '--admin-keys', file.path);
    check([2, ''], [code, stdout]);
    if (stderr.trimEnd().split('\n').length !== 1 || !says.test(stderr)) throw new Mismatch(`one line like ${says}`, stderr);
  });
}

test('other paths are 404, other methods 405 with Allow', async (context) => {
  const {api} = await serverWithApi(context);
  for (const path of ['/', '/v1', '/v1/topic', '/v1/topics/a/events', '/v2/topics', '/v1/topics/%ff/presence']) {
    checkProblem(404, await api.get(path), path);
  }
  const answer = await api.ask('PUT', '/v1/topics/a/events/b', {body: {}});
  checkProblem(405, answer);
  check('POST', answer.headers.allow);
  const list = await api.ask('DELETE', '/v1/topics');
  check([405, 'GET, HEAD'], [list.status, list.headers.allow]);
});

test('random bytes in every place are refused, and the server goes on', async (context) => {
  const {server, api} = await serverWithApi(context);
  for (let i = 0; i < 100; i += 1) {
    const bytes = randomBytes(1 + i);
    const path = ['/v1/broadcasts', '/v1/disconnect', '/v1/topics/a/events/b'][i % 3];
    checkProblem(400, await api.ask('POST', path, {body: bytes}), bytes.toString('hex'));
    const cursor = bytes.toString('base64url');
    checkProblem(400, await api.get(`/v1/sockets?cursor=${cursor}`), cursor);
  }
  check(200, (await api.get(`/v1/topics?cursor=${Buffer.from('\0\xff').toString('base64url')}`)).status);
  check({code: 0}, {code: (server.signal('SIGTERM'), (await server.exitWithin(10_000)).code)});
});
