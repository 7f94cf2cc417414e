import {LongPoll} from 'phoenix';
import WebSocket from 'ws';

import {area} from '../lib/cases.mjs';
import {answer} from '../lib/client.mjs';
import {check} from '../lib/matching.mjs';
import {reply} from '../lib/messages.mjs';
import {scaled} from '../lib/time.mjs';

const test = area('subprotocols', 'Sub-protocols and auth tokens (transports/websocket.ex, socket/transport.ex)',
  {edge: true});

const bearer = (token) => `base64url.bearer.phx.${token}`;
const unpadded = (text) => Buffer.from(text).toString('base64').replaceAll('=', '');

/** A request with these protocols: its status, the chosen protocol, and the token that `connect` gets. */
async function ask({upgrade, connect, edge}, path, protocols) {
  const headers = protocols === undefined ? {} : {'Sec-WebSocket-Protocol': protocols};
  const {status, headers: got} = await upgrade({server: edge, path: `${path}/websocket`, headers});
  const result = {status, protocol: got['sec-websocket-protocol'] ?? null};
  if (status !== 101) return result;
  const peer = await connect({server: edge, path: `${path}/websocket`, headers});
  await peer.send(['1', '1', 'info', 'phx_join', {}]);
  const {auth_token: token, sec_websocket_headers: sec} = (await peer.next('a reply'))[4].response;
  const requested = sec.filter(([name]) => name === 'sec-websocket-protocol').map(([, value]) => value);
  return {...result, token, requested};
}

const ok = (protocol, token, ...requested) => ({status: 101, protocol, token, requested});
const refused = {status: 403, protocol: null};

const table = [
  // none configured: every offer is ignored
  ['/any', undefined, ok(null, null)],
  ['/any', 'phoenix', ok(null, null, 'phoenix')],
  ['/any', `phoenix, ${bearer(unpadded('t'))}`, ok(null, null, `phoenix, ${bearer(unpadded('t'))}`)],

  // some configured: the first of them that is offered
  ['/protocols', undefined, ok(null, null)],
  ['/protocols', 'chat.v1', ok('chat.v1', null, 'chat.v1')],
  ['/protocols', 'chat.v1, chat.v2', ok('chat.v2', null, 'chat.v1, chat.v2')],
  ['/protocols', ['chat.v1', 'other'], ok('chat.v1', null, 'chat.v1', 'other')],
  ['/protocols', 'other', refused], ['/protocols', 'CHAT.V1', refused], ['/protocols', 'chat.v', refused],

  // tokens: "phoenix" counts as configured, and the token is removed from the list
  ['/tokens', undefined, ok(null, null)],
  ['/tokens', 'phoenix', ok('phoenix', null, 'phoenix')],
  ['/tokens', `phoenix, ${bearer(unpadded('secret'))}`, ok('phoenix', 'secret', 'phoenix')],
  ['/tokens', `${bearer(unpadded('secret'))},phoenix`, ok('phoenix', 'secret', 'phoenix')],
  ['/tokens', ['phoenix', bearer(unpadded('secret'))], ok('phoenix', 'secret', 'phoenix')],
  ['/tokens', bearer(unpadded('secret')), ok(null, 'secret', '')],
  ['/tokens', `phoenix, ${bearer('')}`, ok('phoenix', '', 'phoenix')],
  ['/tokens', `phoenix, ${bearer(Buffer.from('pad').toString('base64'))}`, ok('phoenix', 'pad', 'phoenix')],
  ['/tokens', `phoenix, ${bearer(Buffer.from('padd').toString('base64'))}`, ok('phoenix', 'padd', 'phoenix')],
  ['/tokens', `phoenix, ${bearer(unpadded('~~~???'))}`, ok('phoenix', '~~~???', 'phoenix')],
  ['/tokens', `phoenix, ${bearer(Buffer.from('~~~???').toString('base64url'))}`, ok('phoenix', '~~~???', 'phoenix')],
  ['/tokens', `phoenix, ${bearer(unpadded('é🚀'))}`, ok('phoenix', 'é🚀', 'phoenix')],
  ['/tokens', 'other', refused], ['/tokens', `other, ${bearer(unpadded('t'))}`, refused],
  ['/tokens', `phoenix, ${bearer('!')}`, {status: 400, protocol: null}],
  ['/tokens', `phoenix, ${bearer('A')}`, {status: 400, protocol: null}],
  // several tokens are none
  ['/tokens', `phoenix, ${bearer('YQ')}, ${bearer('Yg')}`,
    ok('phoenix', null, `phoenix, ${bearer('YQ')}, ${bearer('Yg')}`)],

  ['/tokens_and_protocols', `chat.v1, ${bearer('YQ')}`, ok('chat.v1', 'a', 'chat.v1')],
  ['/tokens_and_protocols', `chat.v1, phoenix, ${bearer('YQ')}`, ok('phoenix', 'a', 'chat.v1, phoenix')],
  ['/tokens_and_protocols', `other, ${bearer('YQ')}`, refused],
];

for (const [path, protocols, expected] of table) {
  test(`${path}: ${protocols ?? 'no protocol'}`, async (context) => {
    check(expected, await ask(context, path, protocols));
  });
}

test('long poll: the token is in a header, as it is', async ({session, edge}) => {
  const token = async (path, headers) => {
    const polling = await session({server: edge, path, headers});
    check({status: 200}, await polling.post(['["1","1","info","phx_join",{}]']));
    return JSON.parse((await polling.poll()).messages[0])[4].response.auth_token;
  };
  check('secret', await token('/tokens/longpoll', {'x-phoenix-authtoken': 'secret'}));
  check('a+b/c=', await token('/tokens/longpoll', {'X-Phoenix-AuthToken': 'a+b/c='}));
  check('', await token('/tokens/longpoll', {'x-phoenix-authtoken': ''}));
  check(null, await token('/tokens/longpoll', {}));
  check(null, await token('/any/longpoll', {'x-phoenix-authtoken': 'secret'}));
});

for (const [how, transport] of [['WebSocket', WebSocket], ['long poll', LongPoll]]) {
  for (const authToken of ['secret', 'SFMyNTY.g2gDYQFuBgAAaOXPiwFiAAFRgA.JHeS4vfRDc4d2QV3hiFw31kHc1JGbW_NJhFtvSGILzU']) {
    test(`the client's authToken arrives: ${authToken.slice(0, 12)} (${how})`, async ({client, edge}) => {
      const socket = client({url: edge.url, path: '/tokens', transport, authToken});
      socket.connect();
      check(authToken, (await answer(socket.channel('info').join())).auth_token);
    });
  }
}

test('the client without authToken connects too', async ({client, edge}) => {
  const socket = client({url: edge.url, path: '/tokens'});
  socket.connect();
  check(null, (await answer(socket.channel('info').join())).auth_token);
});

test('the client falls back to long poll with its token', async ({client, edge}) => {
  class Broken extends WebSocket {
    constructor(url, protocols) {
      super(url.replace('/tokens/websocket', '/nowhere/websocket'), protocols);
    }
  }
  const socket = client({url: edge.url, path: '/tokens', transport: Broken, longPollFallbackMs: scaled(3_000),
    authToken: 'secret'});
  socket.connect();
  check('secret', (await answer(socket.channel('info').join())).auth_token);
  check(LongPoll, socket.transport);
});

test('if WebSockets are off, the client falls back to long poll', async ({client, upgrade, edge}) => {
  check(404, (await upgrade({server: edge, path: '/long_poll_only/websocket'})).status);
  const socket = client({url: edge.url, path: '/long_poll_only', longPollFallbackMs: scaled(3_000)});
  socket.connect();
  const {uri} = await answer(socket.channel('info').join());
  check('/long_poll_only/longpoll', uri.path);
  check(LongPoll, socket.transport);
});

test('the socket is the same with a token as without', async ({connect, edge}) => {
  const peer = await connect({server: edge, path: '/tokens/websocket',
    headers: {'Sec-WebSocket-Protocol': `phoenix, ${bearer('YQ')}`}});
  await peer.send(['1', '1', 'route:exact', 'phx_join', {}]);
  await peer.expect(reply('1', '1', 'route:exact', {status: 'ok', response: {route: 'route:exact', rest: ''}}));
  await peer.settle();
});
