import {area} from '../lib/cases.mjs';
import {eventually} from '../lib/client.mjs';
import {checkProblem, serverWithApi} from '../lib/api.mjs';
import {Mismatch, check} from '../lib/matching.mjs';
import {broadcast} from '../lib/messages.mjs';
import {optionsOfTwoNodes} from '../lib/nodes.mjs';

const test = area('api nodes', 'The HTTP API over several nodes', {ownServers: true});

/** Two nodes, a and b, that know each other, each with its API. */
async function twoNodes(context, ...options) {
  const [ofA, ofB] = await optionsOfTwoNodes();
  const a = await serverWithApi(context, ...ofA.options, '--seed', ofB.seed, ...options);
  const b = await serverWithApi(context, ...ofB.options, '--seed', ofA.seed, ...options);
  for (const {api} of [a, b]) {
    await eventually('both nodes up', async () => (await api.get('/v1/nodes')).body.nodes.filter(({up}) => up).length === 2);
  }
  return {a, b};
}

const namesOf = ({body}) => body.nodes.map(({name}) => name);

test('topics and sockets of both nodes are listed, in pages, and a topic of both once', async (context) => {
  const {a, b} = await twoNodes(context);
  const prefix = context.name('room:');
  const peers = [];
  for (const [i, {server}] of [a, b, a, b, b].entries()) {
    peers.push(await context.connect({server, params: {user: `u${i}`}}));
    await peers[i].join(`${prefix}:all`);
    await peers[i].join(`${prefix}:${i}`);
  }
  for (const {api} of [a, b]) {
    const topics = (await api.pages(`/v1/topics?prefix=${encodeURIComponent(prefix)}&limit=2`, 'topics')).flat();
    check([0, 1, 2, 3, 4].map((i) => ({topic: `${prefix}:${i}`, subscribers: 1})).concat({topic: `${prefix}:all`, subscribers: 5}), topics);
    const pages = await api.pages(`/v1/sockets?topic=${encodeURIComponent(`${prefix}:all`)}&limit=2`, 'sockets');
    check([['a', 'a', 'b', 'b', 'b'], 5],
      [pages.flat().map(({node}) => node), new Set(pages.flat().map(({id}) => id)).size]);
    const mine = (await api.get(`/v1/topics?prefix=${encodeURIComponent(prefix)}:all&node=b`)).body.topics;
    check([{topic: `${prefix}:all`, subscribers: 3}], mine);
  }
  check(['a', 'b'], namesOf(await a.api.get('/v1/nodes')));
  check(['b', 'a'], namesOf(await b.api.get('/v1/nodes')));
  const [here, there] = (await b.api.get('/v1/nodes')).body.nodes;
  check([[3, 6], [2, 4]], [here, there].map(({sockets, channels}) => [sockets, channels]));
});

test('a message to one node reaches the clients of both, and a connection is closed from the other node', async (context) => {
  const {a, b} = await twoNodes(context);
  const [ana, bob] = [await context.connect({server: a.server}), await context.connect({server: b.server, params: {user: 'bob'}})];
  for (const peer of [ana, bob]) await peer.join(context.room);
  const {body} = await a.api.publish(context.room, 'news', {n: 1});
  check(1, body.subscribers);
  for (const peer of [ana, bob]) await peer.expect(broadcast(context.room, 'news', {n: 1}));
  const [{ref}] = (await a.api.get('/v1/sockets?id=user_socket:bob')).body.sockets;
  check(202, (await a.api.ask('DELETE', `/v1/sockets/${encodeURIComponent(ref)}`, {body: {reason: 'a test'}})).status);
  await bob.expectClose(1001);
  await eventually('404', async () => (await a.api.ask('DELETE', `/v1/sockets/${encodeURIComponent(ref)}`)).status === 404);
  const again = await context.connect({server: b.server, params: {user: 'bob'}});
  check(202, (await a.api.ask('POST', '/v1/disconnect', {body: {id: 'user_socket:bob'}})).status);
  await again.expectClose(1001);
  await ana.settle();
});

test('a node that does not answer is named, and the rest is there in time', async (context) => {
  const {a, b} = await twoNodes(context, '--node-timeout', '60000', '--node-answer-timeout', '300');
  const [ana, bob] = [await context.connect({server: a.server, params: {user: 'ana'}}),
    await context.connect({server: b.server, params: {user: 'bob'}})];
  const [{ref}] = (await a.api.get('/v1/sockets?id=user_socket:bob')).body.sockets;
  b.server.signal('SIGSTOP');
  context.after(() => b.server.signal('SIGCONT'));
  const {body} = await a.api.get('/v1/sockets');
  check([['b'], null, ['user_socket:ana']], [body.unanswered, body.cursor, body.sockets.map(({id}) => id)]);
  const topics = (await a.api.get('/v1/topics')).body;
  check([['b'], ['user_socket:ana']], [topics.unanswered, topics.topics.map(({topic}) => topic)]);
  const nodes = (await a.api.get('/v1/nodes')).body.nodes;
  check([['a', true, 1], ['b', false, 0]], nodes.map(({name, up, sockets}) => [name, up, sockets]));
  const late = await a.api.ask('DELETE', `/v1/sockets/${encodeURIComponent(ref)}`);
  checkProblem(503, late);
  if (!(Number(late.headers['retry-after']) >= 1)) throw new Mismatch('Retry-After', late.headers);
  for (const peer of [ana]) await peer.settle();
  b.server.signal('SIGCONT');
  await eventually('all answer again', async () => (await a.api.get('/v1/sockets')).body.unanswered === undefined);
  bob.drop();
});
