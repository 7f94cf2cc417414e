import {area} from '../lib/cases.mjs';
import {check} from '../lib/matching.mjs';
import {clientFrame} from '../lib/websocket_frame.mjs';

const test = area('version 1', 'Text messages of version 1 (v1_json_serializer.ex, message.ex)');

/** A raw conversation: the client's bytes, and the received objects. */
async function talk(peer, written, ...expected) {
  await peer.sendText(...[written].flat().map((object) => JSON.stringify(object)));
  for (const one of expected) check(one, await peer.next(one));
}

const old = ({connect}) => connect({vsn: '1.0.0'});
const ok = (response = {}) => ({status: 'ok', response});
const message = (topic, event, ref, payload = {}, more = {}) => ({topic, event, payload, ref, ...more});
const parsed = (poll) => ({...poll, messages: poll.messages.map((text) => JSON.parse(text))});
const answer = (topic, ref, response = ok()) => message(topic, 'phx_reply', ref, response);

test('a client that sends no join_ref: join, push, reply, broadcast, leave', async (context) => {
  const {room} = context;
  const peer = await old(context);
  await talk(peer, message(room, 'phx_join', '1', {reply: {n: 1}}), answer(room, '1', ok({n: 1})));
  await talk(peer, message(room, 'echo', '2', {n: 2}), answer(room, '2', ok({n: 2})));
  await talk(peer, message(room, 'push', '3', {n: 3}), message(room, 'pushed', null, {n: 3}));
  await talk(peer, message(room, 'shout', '4', {n: 4}), message(room, 'shout', null, {n: 4}));
  await talk(peer, message(room, 'phx_leave', '5'), answer(room, '5'), message(room, 'phx_close', null));
});

test('a client that sends no join_ref: phx_close and phx_error have null for a ref', async (context) => {
  const {room} = context;
  const peer = await old(context);
  await talk(peer, message(room, 'phx_join', '1'), answer(room, '1'));
  await talk(peer, message(room, 'crash', '2'), message(room, 'phx_error', null, {reason: 'channel_crash'}));
  await talk(peer, message(room, 'phx_join', '3'), answer(room, '3'));
  await talk(peer, message(room, 'phx_join', '4'), answer(room, '4'), message(room, 'phx_close', null));
});

test('a client that sends join_ref: phx_close and phx_error have it for a ref', async (context) => {
  const {room} = context;
  const peer = await old(context);
  await talk(peer, message(room, 'phx_join', '1', {}, {join_ref: 'j'}), answer(room, '1'));
  await talk(peer, message(room, 'stop', '2', {}, {join_ref: 'j'}), message(room, 'phx_close', 'j'));
  await talk(peer, message(room, 'phx_join', '3', {}, {join_ref: 7}), answer(room, '3'));
  await talk(peer, message(room, 'crash', '4'), message(room, 'phx_error', 7, {reason: 'channel_crash'}));
});

test('a join_ref of null is none', async (context) => {
  const {room} = context;
  const peer = await old(context);
  await talk(peer, message(room, 'phx_join', '1', {}, {join_ref: null}), answer(room, '1'));
  await talk(peer, message(room, 'ping', '2', {}, {join_ref: null}), answer(room, '2'));
  await talk(peer, message(room, 'stop', '3'), message(room, 'phx_close', null));
});

test('all four keys may be null; the topic null is unmatched', async (context) => {
  const peer = await old(context);
  await talk(peer, message(null, null, null, null),
    answer(null, null, {status: 'error', response: {reason: 'unmatched topic'}}));
  await talk(peer, message('phoenix', 'heartbeat', null, null), answer('phoenix', null));
});

test('keys it does not know are ignored, and their order does not matter', async (context) => {
  const peer = await old(context);
  await talk(peer, {x: 1, ref: '1', payload: {}, vsn: '2.0.0', event: 'heartbeat', status: 'ok', topic: 'phoenix'},
    answer('phoenix', '1'));
});

test('JSON in a binary frame is read as text', async (context) => {
  const {room} = context;
  const peer = await old(context);
  const bytes = (object) => Buffer.from(JSON.stringify(object));
  await peer.send(bytes(message(room, 'phx_join', '1')), bytes(message(room, 'echo', '2', {é: 1})),
    bytes(message('phoenix', 'heartbeat', '3')));
  for (const one of [answer(room, '1'), answer(room, '2', ok({é: 1})), answer('phoenix', '3')]) check(one,
    await peer.next(one));
  peer.raw(clientFrame(2, '{'));
  await peer.expectClose(1011);
});

test('a connection without vsn speaks version 1, and so does one with another 1.0 release', async ({connect, room}) => {
  for (const query of ['', 'vsn=1.0.0', 'vsn=1.0.7', 'user=ana']) {
    const peer = await connect({vsn: '1.0.0', query});
    await talk(peer, message(room, 'phx_join', '1'), answer(room, '1'));
  }
});

test('long poll: one object for each post, with every content type but that of batches', async ({session, room}) => {
  const polling = await session({vsn: '1.0.0'});
  for (const type of ['application/json', 'text/plain', 'application/json; charset=utf-8', '']) {
    check({status: 200}, await polling.post(JSON.stringify(message('phoenix', 'heartbeat', type)), {type}));
    check({status: 200, token: polling.token, messages: [answer('phoenix', type)]}, parsed(await polling.poll()));
  }
  check({status: 200}, await polling.post(JSON.stringify(message(room, 'phx_join', '1')), {type: 'application/json'}));
  check([answer(room, '1')], parsed(await polling.poll()).messages);
});
