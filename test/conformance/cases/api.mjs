import {randomBytes} from 'node:crypto';

import {area} from '../lib/cases.mjs';
import {eventually} from '../lib/client.mjs';
import {Api, adminOf, checkProblem, keys, keysFile, serverWithApi} from '../lib/api.mjs';
import {Mismatch, Pattern, check, oneOf, someText} from '../lib/matching.mjs';
import {binary, broadcast} from '../lib/messages.mjs';

const test = area('api', 'The HTTP API for other programs', {ownServers: true});

const position = new Pattern('a position', (value) => typeof value === 'string' && /^@.{1,31}$/s.test(value));

// -- keys -------------------------------------------------------------------------------------------------------------

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

// -- publish ----------------------------------------------------------------------------------------------------------

test('a published event reaches the clients of the topic, as JSON and as bytes', async (context) => {
  const {server, api} = await serverWithApi(context);
  const topic = context.name('room: é/%?#');
  const peers = [await context.connect({server}), await context.poll({server})];
  for (const peer of peers) await peer.join(topic);
  const answer = await api.publish(topic, 'new msg', {body: 'hé', n: 1.5});
  check([202, {position: null, subscribers: 2}], [answer.status, answer.body]);
  for (const peer of peers) await peer.expect(broadcast(topic, 'new msg', {body: 'hé', n: 1.5}));
  const bytes = await api.publish(topic, 'bytes', Buffer.from([0, 255, 1]), {type: 'application/octet-stream'});
  check([202, {position: null, subscribers: 2}], [bytes.status, bytes.body]);
  await peers[0].expect(binary.broadcast(topic, 'bytes', [0, 255, 1]));
  await peers[1].expect([null, null, topic, 'bytes', 'AP8B']);
});

test('a topic without subscribers gets the event, and has none', async (context) => {
  const {api} = await serverWithApi(context);
  check({position: null, subscribers: 0}, (await api.publish('nothing', 'a', {})).body);
});

test('the answer has the position where the topic keeps history', async (context) => {
  const {server, api} = await serverWithApi(context);
  const topic = context.name('log:');
  const first = await api.publish(topic, 'a', {n: 1});
  check([202, {position, subscribers: 0}], [first.status, first.body]);
  const peer = await context.connect({server});
  await peer.send(['1', '1', topic, 'phx_join', {history: {since: first.body.position}}]);
  const [, , , , {response}] = await peer.next('the reply');
  check([true, 0], [response.history.recovered, response.history.missed]);
  const second = await api.publish(topic, 'a', {n: 2});
  check(1, second.body.subscribers);
  check([null, second.body.position, topic, 'a', {n: 2}], await peer.next('the event'));
});

const refused = [
  ['an event of the framework', 'phx_close', {body: {}}, 422],
  ['another one', 'phx_anything', {body: {}}, 422],
  ['a control event', '$once', {body: {}}, 422],
  ['disconnect', 'disconnect', {body: {}}, 422],
  ['presence_diff', 'presence_diff', {body: {}}, 422],
  ['an array', 'a', {body: []}, 422],
  ['a text', 'a', {body: '"text"'}, 422],
  ['no JSON', 'a', {body: '{"a":'}, 400],
  ['JSON that is no UTF-8', 'a', {body: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])}, 400],
  ['an empty body', 'a', {body: ''}, 400],
  ['another media type', 'a', {body: '{}', type: 'text/plain'}, 415],
  ['no media type', 'a', {body: '{}', type: null}, 415],
  ['a compressed body', 'a', {body: '{}', headers: {'content-encoding': 'gzip'}}, 415],
  ['an empty idempotency key', 'a', {body: {}, headers: {'idempotency-key': ''}}, 400],
  ['a long idempotency key', 'a', {body: {}, headers: {'idempotency-key': 'x'.repeat(256)}}, 400],
  ['deep JSON', 'a', {body: `${'{"a":'.repeat(600)}1${'}'.repeat(600)}`}, 400],
];
test('what clients must not or cannot get is refused, and reaches nobody', async (context) => {
  const {server, api} = await serverWithApi(context);
  const peer = await context.connect({server});
  await peer.join(context.room);
  for (const [what, event, {body, ...options}, status] of refused) {
    checkProblem(status, await api.publish(context.room, event, body, options), what);
  }
  checkProblem(422, await api.publish('x'.repeat(1025), 'a', {}), 'a long topic');
  checkProblem(422, await api.publish('x'.repeat(256), 'a', Buffer.from('b'), {type: 'application/octet-stream'}));
  check(202, (await api.publish(context.room, 'last', {})).status);
  await peer.expect(broadcast(context.room, 'last', {}));
});

test('a large payload is 413, and a larger body too', async (context) => {
  const {api} = await serverWithApi(context, '--max-message-bytes', '1000', '--max-request-body-bytes', '2000');
  checkProblem(413, await api.publish('room:1', 'a', {x: 'x'.repeat(1000)}));
  const {status} = await api.publish('room:1', 'a', {x: 'x'.repeat(3000)});
  check(413, status);
  check(202, (await api.as('secret-of-all').publish('room:1', 'a', {x: 'x'.repeat(900)})).status);
});

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

test('the same idempotency key gets the same answer, and is sent once', async (context) => {
  const {server, api} = await serverWithApi(context);
  const topic = context.name('log:');
  const peer = await context.connect({server});
  await peer.join(topic);
  const headers = {'idempotency-key': 'one'};
  const first = await api.publish(topic, 'a', {n: 1}, {headers});
  check(1, first.body.subscribers);
  peer.drop();
  await eventually('no subscriber', async () => (await api.publish(topic, 'other', {})).body.subscribers === 0);
  check([202, first.body], Object.values(await api.publish(topic, 'a', {n: 1}, {headers})).filter((_, i) => i !== 1));
  checkProblem(422, await api.publish(topic, 'a', {n: 2}, {headers}), 'another body');
  // Each key name, topic and event has its own.
  check(202, (await api.as('secret-of-the-shop').publish(topic, 'a', {n: 2}, {headers})).status);
  check(202, (await api.publish(topic, 'b', {n: 2}, {headers})).status);
  check(202, (await api.publish(`${topic}x`, 'a', {n: 2}, {headers})).status);
  const {body} = await api.get(`/v1/topics/${encodeURIComponent(topic)}/history`);
  check([1, 2], body.messages.filter(({event}) => event === 'a').map(({payload}) => payload.n));
});

test('idempotency keys beyond the limit are 503 with Retry-After, and other keys go on', async (context) => {
  const {api} = await serverWithApi(context, '--max-idempotency-keys', '2');
  const publish = (who, key) => who.publish('room:1', 'a', {}, {headers: {'idempotency-key': key}});
  check([202, 202], [(await publish(api, '1')).status, (await publish(api, '2')).status]);
  const full = await publish(api, '3');
  checkProblem(503, full);
  if (!(Number(full.headers['retry-after']) > 250)) throw new Mismatch('about five minutes', full.headers);
  check(202, (await publish(api, '1')).status);
  check(202, (await publish(api.as('secret-of-the-shop'), '3')).status);
  check(202, (await api.publish('room:1', 'a', {})).status);
});

test('several broadcasts in one request: a result for each, in order', async (context) => {
  const {server, api} = await serverWithApi(context);
  const [room, log] = [context.room, context.name('log:')];
  const peer = await context.connect({server});
  await peer.join(room);
  const broadcasts = [
    {topic: room, event: 'a', payload: {n: 1}}, {topic: room, event: 'phx_x', payload: {}},
    {topic: room, event: 'b', payload_base64: 'AP8='}, {topic: log, event: 'c', payload: {}},
    {topic: room, event: 'd', payload: 1}, {topic: room}, 7, {topic: room, event: 'e', payload: {}, more: 1},
    {topic: room, event: 'f', payload: {}, idempotency_key: 'k'}, {topic: room, event: 'f', payload: {}, idempotency_key: 'k'},
    {topic: room, event: 'g', payload_base64: '***'},
  ];
  const {status, body} = await api.ask('POST', '/v1/broadcasts', {body: {broadcasts}});
  check(200, status);
  check([202, 422, 202, 202, 422, 400, 400, 400, 202, 202, 400], body.results.map((one) => one.status));
  check([{status: 202, position: null, subscribers: 1}, {status: 202, position, subscribers: 0}],
    [body.results[0], body.results[3]]);
  check(body.results[8], body.results[9]);
  await peer.expect(broadcast(room, 'a', {n: 1}), binary.broadcast(room, 'b', [0, 255]), broadcast(room, 'f', {}));
  await peer.settle();
});

test('a body that has no list of broadcasts is 400, too many are 413', async (context) => {
  const {api} = await serverWithApi(context);
  for (const body of [{}, {broadcasts: 1}, [], {broadcasts: [], more: 1}, 'x']) {
    checkProblem(400, await api.ask('POST', '/v1/broadcasts', {body}), JSON.stringify(body));
  }
  check({results: []}, (await api.ask('POST', '/v1/broadcasts', {body: {broadcasts: []}})).body);
  const many = (n) => ({broadcasts: Array(n).fill({topic: 't', event: 'e', payload: {}})});
  const all = await api.ask('POST', '/v1/broadcasts', {body: many(1000)});
  check([200, 1000], [all.status, all.body.results.filter(({status}) => status === 202).length]);
  checkProblem(413, await api.ask('POST', '/v1/broadcasts', {body: many(1001)}));
});

// -- topics -----------------------------------------------------------------------------------------------------------

test('topics are listed in order, in pages, with their subscribers', async (context) => {
  const {server, api} = await serverWithApi(context);
  const prefix = context.name('room:');
  const peer = await context.connect({server});
  for (let i = 0; i < 25; i += 1) await peer.join(`${prefix}:${String(i).padStart(2, '0')}`);
  const other = await context.connect({server});
  await other.join(`${prefix}:07`);
  const query = `/v1/topics?prefix=${encodeURIComponent(prefix)}`;
  const pages = await api.pages(`${query}&limit=10`, 'topics');
  check([10, 10, 5], pages.map((page) => page.length));
  const all = pages.flat();
  check(Array.from({length: 25}, (_, i) => ({topic: `${prefix}:${String(i).padStart(2, '0')}`, subscribers: i === 7 ? 2 : 1})), all);
  check({topics: [], cursor: null}, (await api.get(`/v1/topics?prefix=${prefix}nothing`)).body);
});

test('wrong parameters are 400', async (context) => {
  const {api} = await serverWithApi(context);
  for (const query of ['topics?limit=0', 'topics?limit=1001', 'topics?limit=x', 'topics?limit=-1', 'topics?limit=1.5',
    'topics?cursor=***', 'topics?other=1', 'topics?prefix[]=a', 'topics?prefix=%zz', 'sockets?cursor=YWJj', 'sockets?cursor=x',
    'sockets?limit=99999999999999999999', 'nodes?x=1', 'topics/a/history?limit=0', 'topics/a/presence?a=b']) {
    checkProblem(400, await api.get(`/v1/${query}`), query);
  }
});

test('the presences of a topic are those that its clients see', async (context) => {
  const {server, api} = await serverWithApi(context);
  const topic = context.name('presence:');
  const path = `/v1/topics/${encodeURIComponent(topic)}/presence`;
  check({}, (await api.get(path)).body);
  const peer = await context.connect({server, params: {user: context.user}});
  await peer.join(topic);
  const [, , , event, state] = await peer.next('presence_state');
  check('presence_state', event);
  check([200, state], Object.values(await api.get(path)).filter((_, i) => i !== 1));
});

test('history in pages, as JSON and as bytes, and what is gone', async (context) => {
  const {api} = await serverWithApi(context);
  const topic = context.name('log:');
  const path = `/v1/topics/${encodeURIComponent(topic)}/history`;
  const positions = [];
  for (let n = 0; n < 5; n += 1) positions.push((await api.publish(topic, 'a', {n})).body.position);
  const bytes = await api.publish(topic, 'b', Buffer.from([0, 255]), {type: 'application/octet-stream'});
  const newest = (await api.get(`${path}?limit=2`)).body;
  check({messages: [{position: positions[4], event: 'a', payload: {n: 4}, time: newest.messages[0].time},
    {position: bytes.body.position, event: 'b', payload_base64: 'AP8=', time: newest.messages[1].time}],
  at: bytes.body.position, recovered: newest.recovered}, newest);
  if (Math.abs(Date.now() - newest.messages[0].time) > 600_000) throw new Mismatch('Unix milliseconds', newest);
  const since = (position) => api.get(`${path}?limit=2&since=${encodeURIComponent(position)}`);
  const page = (await since(positions[0])).body;
  check([[1, 2], true], [page.messages.map(({payload}) => payload.n), page.recovered]);
  check([3, 4], (await since(page.messages[1].position)).body.messages.map(({payload}) => payload.n));
  const end = (await since(bytes.body.position)).body;
  check([[], true], [end.messages, end.recovered]);
  const unknown = (await since('@nonsense')).body;
  check([[], false, someText], [unknown.messages, unknown.recovered, unknown.at]);
  check([200, []], ((a) => [a.status, a.body.messages])(await api.get(`/v1/topics/${encodeURIComponent(`${topic}x`)}/history`)));
  checkProblem(404, await api.get('/v1/topics/room:1/history'));
});

// -- sockets ----------------------------------------------------------------------------------------------------------

test('sockets are listed with what an operator wants to know', async (context) => {
  const {server, api} = await serverWithApi(context);
  const before = Date.now();
  const {user, room} = context;
  const peer = await context.connect({server, params: {user}});
  await peer.join(room);
  await peer.join('audit');
  const {body} = await api.get(`/v1/sockets?id=user_socket:${user}`);
  check(1, body.sockets.length);
  const [one] = body.sockets;
  check({ref: someText, id: `user_socket:${user}`, path: '/socket', transport: 'websocket', address: '127.0.0.1',
    connected_at: one.connected_at, topics: [room, 'audit'], waiting_bytes: 0, node: 'local'}, one);
  if (one.connected_at < before - 1000 || one.connected_at > Date.now() + 1000) throw new Mismatch('a time', one.connected_at);
  const polling = await context.poll({server});
  await polling.join(room);
  const inRoom = (await api.get(`/v1/sockets?topic=${encodeURIComponent(room)}`)).body.sockets;
  check(['longpoll', 'websocket'], inRoom.map(({transport}) => transport).sort());
  check([null], inRoom.filter(({transport}) => transport === 'longpoll').map(({id}) => id));
  check([], (await api.get('/v1/sockets?id=nobody')).body.sockets);
  await peer.leave?.(room);
});

test('sockets come in pages, each once, however many come and go meanwhile', async (context) => {
  const {server, api} = await serverWithApi(context, '--threads', '2');
  const peers = [];
  for (let i = 0; i < 23; i += 1) peers.push(await context.connect({server, params: {user: `u${i}`}}));
  const pages = [];
  let cursor = '';
  do {
    const {body} = await api.get(`/v1/sockets?limit=4&cursor=${encodeURIComponent(cursor)}`);
    pages.push(body.sockets);
    ({cursor} = body);
    if (pages.length === 2) {
      await peers[22].carrier.stop();
      await context.connect({server, params: {user: 'late'}});
    }
  } while (cursor !== null);
  const ids = pages.flat().map(({id}) => id);
  check(ids.length, new Set(ids).size);
  for (let i = 0; i < 22; i += 1) if (!ids.includes(`user_socket:u${i}`)) throw new Mismatch(`u${i}`, ids);
});

test('one connection is closed with 1001, and no other', async (context) => {
  const {server, api} = await serverWithApi(context);
  const [ana, bob] = [await context.connect({server, params: {user: 'ana'}}), await context.connect({server, params: {user: 'ana'}})];
  await ana.join(context.room);
  await bob.join(context.room);
  const refs = (await api.get('/v1/sockets?id=user_socket:ana')).body.sockets.map(({ref}) => ref);
  const polling = await context.poll({server, params: {user: 'polling'}});
  await polling.join(context.room);
  const [{ref}] = (await api.get('/v1/sockets?id=user_socket:polling')).body.sockets;
  const first = `/v1/sockets/${encodeURIComponent(refs[0])}`;
  check(202, (await api.ask('DELETE', first, {body: {reason: 'abuse'}})).status);
  await ana.expectClose(1001);
  await bob.settle();
  await eventually('404', async () => (await api.ask('DELETE', first)).status === 404);
  check(202, (await api.ask('DELETE', `/v1/sockets/${encodeURIComponent(ref)}`)).status);
  check({end: true}, await polling.next('the end of the session'));
  for (const unknown of ['x', '0-1-0@local', refs[1].replace(/@.*/, '@elsewhere'), refs[1].replace(/^\d+/, '99'), '%00']) {
    checkProblem(404, await api.ask('DELETE', `/v1/sockets/${unknown}`), unknown);
  }
  for (const body of ['{', {reason: 1}, {reason: 'x'.repeat(1001)}]) checkProblem(400, await api.ask('DELETE', first, {body}));
  await bob.settle();
  if (!/closed by an operator: abuse \(key all\)/.test(server.stderr)) throw new Mismatch('the reason in the log', server.stderr);
});

test('all sockets of an id are disconnected', async (context) => {
  const {server, api} = await serverWithApi(context);
  const peers = [await context.connect({server, params: {user: 'ana'}}), await context.connect({server, params: {user: 'ana'}})];
  const other = await context.connect({server, params: {user: 'bob'}});
  check(202, (await api.ask('POST', '/v1/disconnect', {body: {id: 'user_socket:ana'}})).status);
  for (const peer of peers) await peer.expectClose(1001);
  await other.settle();
  for (const body of [{}, {id: ''}, {id: 1}, []]) checkProblem(400, await api.ask('POST', '/v1/disconnect', {body}));
});

test('nodes are listed with the numbers of their clients', async (context) => {
  const {server, api} = await serverWithApi(context);
  const peer = await context.connect({server});
  await peer.join(context.room);
  await peer.join('audit');
  const {nodes} = (await api.get('/v1/nodes')).body;
  check([{name: 'local', up: true, sockets: 1, channels: 2, waiting_bytes: 0, lag_ms: 0}], nodes);
});

// -- attacks ----------------------------------------------------------------------------------------------------------

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
