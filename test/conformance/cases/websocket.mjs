import {area} from '../lib/cases.mjs';
import {check, oneOf} from '../lib/matching.mjs';
import {beat, heartbeat, ok} from '../lib/messages.mjs';
import {clientFrame, closePayload, opcodes} from '../lib/websocket_frame.mjs';

const {continuation, text, binary, close, ping, pong} = opcodes;
const test = area('websocket', 'Frames as RFC 6455 has them (bandit, lib/bandit/websocket)');

const beatText = (ref) => JSON.stringify(heartbeat(ref));

for (const [title, payload] of [['nothing', ''], ['a text', 'hi'], ['bytes', Buffer.from([0, 255, 10])],
  ['125 bytes', 'p'.repeat(125)]]) {
  test(`a ping with ${title} is answered with a pong with the same`, async ({connect}) => {
    const peer = await connect();
    peer.ping(payload);
    await peer.expectPong(payload);
  });
}

test('a hundred pings in one packet are answered in order', async ({connect}) => {
  const peer = await connect();
  peer.raw(Buffer.concat(Array.from({length: 100}, (_, i) => clientFrame(ping, `${i}`))));
  for (let i = 0; i < 100; i += 1) await peer.expectPong(`${i}`);
});

test('a pong without a ping is ignored', async ({connect}) => {
  const peer = await connect();
  peer.frame(pong, 'x');
  peer.frame(pong, '');
  await peer.settle();
});

test('pongs and replies keep the order of pings and messages', async ({connect, room}) => {
  const peer = await connect();
  await peer.join(room);
  peer.raw(Buffer.concat([clientFrame(text, beatText('a')), clientFrame(ping, 'b'), clientFrame(text, beatText('c')),
    clientFrame(ping, 'd')]));
  const got = [];
  for (let i = 0; i < 4; i += 1) got.push(await peer.next('four answers'));
  const pongs = got.filter((item) => item.pong).map((item) => item.pong.toString());
  check(['b', 'd'], pongs);
  check([beat('a'), beat('c')], got.filter(Array.isArray));
});

// -- fragments --

test('a message in two fragments, in many, and with empty ones', async ({connect}) => {
  const peer = await connect();
  const bytes = Buffer.from(beatText('é🚀'));
  for (const size of [bytes.length - 1, 7, 1]) {
    const parts = [];
    for (let i = 0; i < bytes.length; i += size) parts.push(bytes.subarray(i, i + size));
    peer.raw(Buffer.concat(parts.map((part, i) => clientFrame(i ? continuation : text, part,
      {fin: i === parts.length - 1}))));
    await peer.expect(beat('é🚀'));
  }
  peer.raw(Buffer.concat([clientFrame(text, '', {fin: false}), clientFrame(continuation, bytes, {fin: false}),
    clientFrame(continuation, '')]));
  await peer.expect(beat('é🚀'));
});

test('a binary message in fragments', async ({connect, room}) => {
  const peer = await connect();
  await peer.join(room);
  const bytes = Buffer.concat([Buffer.from([0, 1, 1, room.length, 4]), Buffer.from(`12${room}echo`),
    Buffer.from([1, 2, 3])]);
  peer.raw(Buffer.concat([clientFrame(binary, bytes.subarray(0, 9), {fin: false}),
    clientFrame(continuation, bytes.subarray(9))]));
  await peer.expect(Buffer.concat([Buffer.from([1, 1, 1, room.length, 2]), Buffer.from(`12${room}ok`),
    Buffer.from([1, 2, 3])]));
});

test('control frames may come between fragments, and are answered at once', async ({connect}) => {
  const peer = await connect();
  const half = beatText('x').length / 2;
  peer.frame(text, beatText('x').slice(0, half), {fin: false});
  peer.ping('between');
  await peer.expectPong('between');
  peer.frame(pong, 'ignored');
  peer.frame(continuation, beatText('x').slice(half));
  await peer.expect(beat('x'));
});

test('a close between fragments closes', async ({connect}) => {
  const peer = await connect();
  peer.frame(text, '[null', {fin: false});
  peer.close(1000);
  await peer.expectClose(1000);
});

test('frames that come byte by byte, and two in three pieces', async ({connect}) => {
  const peer = await connect();
  for (const byte of clientFrame(text, beatText('a'))) {
    peer.raw(Buffer.from([byte]));
    await new Promise(setImmediate);
  }
  await peer.expect(beat('a'));
  const two = Buffer.concat([clientFrame(text, beatText('b')), clientFrame(text, beatText('c'))]);
  for (const [from, to] of [[0, 20], [20, 70], [70, two.length]]) {
    peer.raw(two.subarray(from, to));
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await peer.expect(beat('b'), beat('c'));
});

test('the sizes that need another header', async ({connect, room}) => {
  const peer = await connect();
  await peer.join(room);
  for (const size of [0, 125, 126, 127, 65_535, 65_536, 300_000]) {
    const s = 'x'.repeat(size);
    check(ok({s}), await peer.ask(room, 'echo', {s}));
  }
  for (const frame of peer.carrier.frames.filter((one) => one.fin && one.opcode === text)) {
    check(frame.size > 65_535 ? 8 : frame.size > 125 ? 2 : 0, frame.lengthBytes,
      `the form of the length ${frame.size}`);
  }
});

// -- violations --

const violations = [
  ['a text frame that is not masked', clientFrame(text, beatText('x'), {masked: false})],
  ['a ping that is not masked', clientFrame(ping, '', {masked: false})],
  ...[1, 2, 4, 7].map((rsv) => [`the reserved bits ${rsv}`, clientFrame(text, beatText('x'), {rsv})]),
  ['a reserved bit in a ping', clientFrame(ping, '', {rsv: 4})],
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode) => [`the opcode ${opcode}`, clientFrame(opcode, 'x')]),
  ['a continuation without a beginning', clientFrame(continuation, beatText('x'))],
  ['a continuation after a whole message',
    Buffer.concat([clientFrame(text, beatText('x')), clientFrame(continuation, 'x')])],
  ['a text within fragments', Buffer.concat([clientFrame(text, '[', {fin: false}), clientFrame(text, beatText('x'))])],
  ['bytes within fragments',
    Buffer.concat([clientFrame(text, '[', {fin: false}), clientFrame(binary, 'x', {fin: false})])],
  ...[close, ping,
    pong].map((opcode) => [`the control frame ${opcode} in fragments`, clientFrame(opcode, '', {fin: false})]),
  ...[close, ping,
    pong].map((opcode) => [`the control frame ${opcode} with 126 bytes`,
      clientFrame(opcode, closePayload(1000, 'x'.repeat(124)))]),
  ['a ping with a length in 8 bytes', clientFrame(ping, 'x', {lengthForm: 8})],
  ['a close with one byte', clientFrame(close, 'x')],
];

for (const [title, bytes] of violations) {
  test(`${title}: 1002`, async ({connect}) => {
    const peer = await connect();
    peer.carrier.answersClose = false;
    peer.raw(bytes);
    if (title.includes('after a whole message')) await peer.expect(beat('x'));
    await peer.expectClose(1002);
  });
}

test('text that is not UTF-8 is found in fragments too: 1007', async ({connect}) => {
  const peer = await connect();
  peer.raw(Buffer.concat([clientFrame(text, '[null,"', {fin: false}), clientFrame(continuation, Buffer.from([0xc3])),
    clientFrame(text, '')]));
  await peer.expectClose(1007);
});

// -- closes --

for (const code of [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999]) {
  test(`a close with ${code} is answered with 1000, and the connection ends`, async ({connect}) => {
    const peer = await connect();
    peer.close(code, 'bye');
    await peer.expectClose(1000);
  });
}

for (const code of [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1999, 2000, 2999]) {
  test(`a close with ${code}, which must not be sent, is answered with 1002`, async ({connect}) => {
    const peer = await connect();
    peer.close(code);
    await peer.expectClose(1002);
  });
}

test('a close without a code is answered with 1000', async ({connect}) => {
  const peer = await connect();
  peer.close();
  await peer.expectClose(1000);
});

test('a close with the longest reason', async ({connect}) => {
  const peer = await connect();
  peer.close(1000, 'é'.repeat(61) + 'x');
  await peer.expectClose(1000);
});

test('a close whose reason is not UTF-8: 1002 or 1007', async ({connect}) => {
  const peer = await connect();
  peer.close(1000, Buffer.from([0xff, 0xfe]));
  await peer.expectClose(oneOf(1002, 1007));
});

test('messages after a close are ignored', async ({connect}) => {
  const peer = await connect();
  peer.carrier.answersClose = false;
  peer.raw(Buffer.concat([clientFrame(close, closePayload(1000)), clientFrame(ping, 'x'),
    clientFrame(text, beatText('x')), clientFrame(3, 'x')]));
  await peer.expectClose(1000);
});

test('a client that does not answer the close of the server is cut off', async ({connect}) => {
  const peer = await connect();
  peer.carrier.answersClose = false;
  await peer.sendText('[');
  check(1011, (await peer.next('a close frame')).close);
  check({end: true}, await peer.next('the end of the connection', 10_000));
}, {seconds: 5});
