import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {clientOf, disconnected, next, response} from './client.mjs';
import {startProgram} from './program.mjs';

// The time that the client waits for a reply. A push's timer keeps the process until then.
const noReplyMs = 100;

let server;
before(async () => {
  server = await startProgram('reference');
});
after(async () => {
  await server?.stop();
});

/** Gives `body` a connected client, and always closes it. */
async function withClient(body) {
  const socket = clientOf(server.url);
  socket.connect();
  try {
    await body(socket);
  } finally {
    await disconnected(socket);
  }
}

test('a client joins a room and gets the reply to its push', () => withClient(async (socket) => {
  const room = socket.channel('room:lobby');
  assert.deepEqual(await response(room.join()), {});
  assert.deepEqual(await response(room.push('echo', {text: 'ahoy', n: [1, 2.5, null]})), {text: 'ahoy', n: [1, 2.5, null]});
}));

test('a client whose join is refused gets the reason', () => withClient(async (socket) => {
  const refusal = await response(socket.channel('room:deny').join(), 'error');
  assert.deepEqual(refusal, {reason: 'unauthorized'});
}));

test('a broadcast of one client reaches another one in the room', () => withClient((ana) => withClient(async (bob) => {
  const rooms = [ana, bob].map((socket) => socket.channel('room:lobby'));
  await Promise.all(rooms.map((room) => response(room.join())));
  const heard = Promise.all(rooms.map((room) => next(room, 'shout')));
  rooms[0].push('shout', {text: 'land'}, noReplyMs);
  assert.deepEqual(await heard, [{text: 'land'}, {text: 'land'}]);
})));
