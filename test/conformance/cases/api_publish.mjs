import {area} from '../lib/cases.mjs';
import {eventually} from '../lib/client.mjs';
import {checkProblem, serverWithApi} from '../lib/api.mjs';
import {Mismatch, Pattern, check} from '../lib/matching.mjs';
import {binary, broadcast} from '../lib/messages.mjs';

const test = area('api', 'The HTTP API for other programs', {ownServers: true});

const position = new Pattern('a position', (value) => typeof value === 'string' && /^@.{1,31}$/s.test(value));

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
