import {area} from '../lib/cases.mjs';
import {check, oneOf} from '../lib/matching.mjs';
import {broadcast, closed, crashed, error, heartbeat, join, leave, notJoined, ok, reply} from '../lib/messages.mjs';
import {scaled} from '../lib/time.mjs';
import {clientFrame, opcodes} from '../lib/websocket_frame.mjs';

const test = area('limits', 'Channels of a connection, sizes of frames, what may wait (socket.ex, bandit/websocket)');

const tooMany = error({reason: 'too many channels joined'});
const most = 100;

/** A client that has joined as many topics as it may, `<room>:0` and on, with join_refs '0' and on. */
async function full(peer, room) {
  const topics = Array.from({length: most}, (_, i) => `${room}:${i}`);
  await peer.send(...topics.map((topic, i) => join(topic, {}, `${i}`)));
  await peer.expect(...topics.map((topic, i) => reply(`${i}`, `${i}`, topic)));
  return peer;
}

for (const [how, open] of [['WebSocket', ({connect}) => connect()], ['long poll', ({poll}) => poll()]]) {
  test(`the 101st channel of a connection is refused, with the join_ref of its join (${how})`, async (context) => {
    const {room, connect} = context;
    const peer = await full(await open(context), room);
    await peer.send(join(room, {}, 'r', 'j'), join(room, {}, 's', null), join(room, {crash: true}, 't'),
      join('room:deny', {}, 'u'));
    await peer.expect(reply('j', 'r', room, tooMany), reply(null, 's', room, tooMany), reply('t', 't', room, tooMany),
      reply('u', 'u', 'room:deny', tooMany));
    await peer.send(['j', 'v', room, 'echo', {}], join('nowhere', {}, 'w'));
    await peer.expect(notJoined('v', room), notJoined('w', 'nowhere'));
    check(ok({n: 1}), await peer.ask(`${room}:99`, 'echo', {n: 1}, '99'));
    await (await connect()).join(room);
  });
}

test('at the limit, a leave, a stop or a crash makes room', async ({connect, room}) => {
  const peer = await full(await connect(), room);
  for (const [i, [message, ...told]] of [
    [leave(`${room}:0`, 'l', '0'), reply('0', 'l', `${room}:0`), closed('0', `${room}:0`)],
    [['1', 's', `${room}:1`, 'stop', {}], closed('1', `${room}:1`)],
    [['2', 'c', `${room}:2`, 'crash', {}], crashed('2', `${room}:2`)],
  ].entries()) {
    await peer.send(message);
    await peer.expect(...told);
    await peer.join(`${room}:new${i}`);
    await peer.send(join(room, {}, 'x'));
    await peer.expect(reply('x', 'x', room, tooMany));
  }
});

test('at the limit, a topic that is joined may be joined again', async ({connect, room}) => {
  const peer = await full(await connect(), room);
  await peer.send(join(`${room}:7`, {}, 'again'));
  await peer.expect(reply('again', 'again', `${room}:7`), closed('7', `${room}:7`));
  await peer.send(join(room, {}, 'x'));
  await peer.expect(reply('x', 'x', room, tooMany));
});

test('joins that fail do not count', async ({connect, room}) => {
  const peer = await connect();
  for (let i = 0; i < 120; i += 1) {
    await peer.send(join(room, {crash: true}, `${i}`), join('room:deny', {}, `${i}`), join('nowhere', {}, `${i}`));
    for (let n = 0; n < 3; n += 1) await peer.next('a refusal');
  }
  await full(peer, room);
});

test('of 101 joins sent together, behind a slow one, the last is refused', async ({connect, room}) => {
  const peer = await connect();
  const topics = Array.from({length: most + 1}, (_, i) => `${room}:${i}`);
  await peer.send(...topics.map((topic, i) => join(topic, i === 0 ? {sleep: scaled(100)} : {}, `${i}`)));
  await peer.expect(...topics.map((topic, i) => reply(`${i}`, `${i}`, topic, i < most ? ok() : tooMany)));
});

// -- frames --

/** An echo in text whose frame has this number of bytes, including its header of `header` bytes. */
function echoOfSize(room, frameSize, header) {
  const around = JSON.stringify(['1', 'e', room, 'echo', {s: ''}]).length;
  return JSON.stringify(['1', 'e', room, 'echo', {s: 'x'.repeat(frameSize - header - around)}]);
}

const edges = [
  ['/strict', 4096, 8, undefined], ['/strict, with the long form of the length', 4096, 14, 8],
  ['/socket', 2_097_152, 14, undefined],
];
for (const [where, size, header, lengthForm] of edges) {
  const open = ({connect, strict}) => (where.startsWith('/strict') ? strict() : connect());

  test(`${where}: a frame of ${size} bytes, header included, is fine`, async (context) => {
    const peer = await open(context);
    await peer.join(context.room);
    const message = echoOfSize(context.room, size, header);
    const frame = clientFrame(opcodes.text, message, {lengthForm});
    check(size, frame.length, 'the size of the frame');
    peer.raw(frame);
    await peer.expect(reply('1', 'e', context.room, ok(JSON.parse(message)[4])));
  });

  test(`${where}: a frame of ${size + 1} bytes closes with 1009`, async (context) => {
    const peer = await open(context);
    await peer.join(context.room);
    peer.raw(clientFrame(opcodes.text, echoOfSize(context.room, size + 1, header), {lengthForm}));
    await peer.expectClose(1009);
  });
}

test('a broadcast of 1,048,576 bytes of payload reaches each member', async ({connect, poll, room}) => {
  const peers = [await connect(), await connect({vsn: '1.0.0'}), await poll()];
  for (const peer of peers) await peer.join(room);
  const payload = {s: 'x'.repeat(1_048_576 - '{"s":""}'.length)};
  await peers[0].send(['1', '2', room, 'shout', payload]);
  for (const peer of peers) await peer.expect(broadcast(room, 'shout', payload));
});

for (const [title, bytes, code] of [
  ['one byte too many', clientFrame(opcodes.binary, '', {declared: 4089}), 1009],
  ['a gigabyte', clientFrame(opcodes.text, '', {declared: 2 ** 30}), 1009],
  ['2^63 - 1 bytes', Buffer.from([0x82, 0xff, 0x7f, ...Array(7).fill(0xff), 1, 2, 3, 4]), 1009],
  ['2^63 bytes, which no frame may have', Buffer.from([0x82, 0xff, 0x80, ...Array(7).fill(0), 1, 2, 3, 4]),
    oneOf(1009, 1002)],
  ['too many bytes within fragments',
    Buffer.concat([clientFrame(opcodes.text, '[', {fin: false}),
      clientFrame(opcodes.continuation, '', {declared: 5000})]), 1009],
]) {
  test(`/strict: a frame that announces ${title} is not waited for`, async ({strict}) => {
    const peer = await strict();
    peer.raw(bytes);
    await peer.expectClose(code);
  });
}

test('/strict: a message in fragments may be larger than a frame', async ({strict, room}) => {
  const peer = await strict();
  await peer.join(room);
  const bytes = Buffer.from(echoOfSize(room, 10_000, 0));
  peer.raw(Buffer.concat([0, 4000,
    8000].map((at) => clientFrame(at ? opcodes.continuation : opcodes.text, bytes.subarray(at, at + 4000),
      {fin: at === 8000}))));
  await peer.expect(reply('1', 'e', room, ok(JSON.parse(bytes)[4])));
});

test('/socket: a message of more than 2 MB in fragments closes with 1009', async ({connect}) => {
  const peer = await connect();
  const part = Buffer.alloc(800_000, ' ');
  peer.raw(Buffer.concat([clientFrame(opcodes.text, part, {fin: false}),
    clientFrame(opcodes.continuation, part, {fin: false}), clientFrame(opcodes.continuation, part)]));
  await peer.expectClose(1009);
});

test('messages before a frame that is too large are answered', async ({strict, room}) => {
  const peer = await strict();
  peer.raw(Buffer.concat([clientFrame(opcodes.text, JSON.stringify(join(room))),
    clientFrame(opcodes.text, '', {declared: 5000})]));
  const first = await peer.next('a reply or a close frame');
  if (Array.isArray(first)) {
    check(reply('1', '1', room), first);
    await peer.expectClose(1009);
  } else {
    check(1009, first.close);
  }
});

test('JSON of more than 512 levels closes with 1011', async ({connect}) => {
  const peer = await connect();
  await peer.sendText(`[null,"1","phoenix","heartbeat",${'['.repeat(520)}${']'.repeat(520)}]`);
  await peer.expectClose(1011);
});

// -- what waits --

test('a client that sends more than may wait for a slow join is read later: all of it is answered', async ({connect, room}) => {
  const peer = await connect();
  const pings = Array.from({length: 5000}, (_, i) => ['1', `${i}`, room, 'ping', {}]);
  await peer.send(join(room, {sleep: scaled(300)}), ...pings);
  await peer.expect(reply('1', '1', room), ...pings.map(([, ref]) => reply('1', ref, room)));
});

test('a client that floods a channel whose handler blocks is read later: all of it is answered', async ({connect, room}) => {
  const peer = await connect();
  await peer.join(room);
  const pings = Array.from({length: 5000}, (_, i) => ['1', `${i}`, room, 'ping', {pad: 'x'.repeat(200)}]);
  await peer.send(['1', 's', room, 'sleep', {ms: scaled(300)}], ...pings);
  await peer.expect(reply('1', 's', room), ...pings.map(([, ref]) => reply('1', ref, room)));
});

test('meanwhile other clients are served', async ({connect, room}) => {
  const [flood, other] = [await connect(), await connect()];
  await flood.join(room);
  await other.join(room);
  flood.send(['1', 's', room, 'sleep', {ms: scaled(500)}], ...Array.from({length: 3000}, (_, i) => ['1', `${i}`, room, 'ping', {}]));
  check(ok({n: 1}), await other.ask(room, 'echo', {n: 1}));
});

test('more than 128 joins at once are refused; the others go on', async ({connect, room}) => {
  const peer = await connect();
  const topics = Array.from({length: 129}, () => `${room}:same`);
  await peer.send(join(`${room}:first`, {sleep: scaled(200)}, 'f'), ...topics.map((topic, i) => join(topic, {}, `${i}`)));
  const refused = error({reason: 'too many joins at once'});
  await peer.expect(reply('127', '127', topics[0], refused), reply('128', '128', topics[0], refused), reply('f', 'f', `${room}:first`));
});

test('a class whose channels crash again and again on one socket is left alone for a while', async ({connect, room}) => {
  const peer = await connect();
  // It may crash a hundred times at once, and then again every 600 ms.
  let refused = null;
  let joins = 0;
  for (; refused === null && joins < 1000; joins += 1) {
    await peer.send(join(room, {}, `${joins}`));
    const {status, response} = (await peer.next('an answer'))[4];
    if (status === 'error') {
      refused = response;
    } else {
      await peer.send([`${joins}`, null, room, 'crash', {}]);
      await peer.expect(crashed(`${joins}`, room));
    }
  }
  check('crashed too often', refused?.reason);
  check(true, joins > 100 && refused.retry_after > 0 && refused.retry_after <= 600);
  await (await connect()).join(room);
});

test('a client that does not read its messages is closed with 1013', async ({connect, audit, room}) => {
  const listener = await audit();
  const peer = await connect();
  await peer.join(room);
  const {socket} = peer.carrier.tcp;
  socket.pause();
  const s = 'x'.repeat(100_000);
  for (let i = 0; i < 300; i += 1) peer.send(['1', `${i}`, room, 'echo', {s}]);
  const {topic} = await listener.report(room, 10_000);
  check(room, topic);
  socket.resume();
  for (;;) {
    const got = await peer.next('a close frame');
    if (Array.isArray(got)) continue;
    check(1013, got.close ?? got);
    break;
  }
  await (await connect()).settle();
}, {seconds: 3});

test('a client that reads slowly, but does, gets everything', async ({connect, room}) => {
  const [peer, other] = [await connect(), await connect()];
  await peer.join(room);
  await other.join(room);
  const {socket} = peer.carrier.tcp;
  const s = 'x'.repeat(50_000);
  socket.pause();
  for (let i = 0; i < 100; i += 1) peer.send(['1', `${i}`, room, 'echo', {s}]);
  peer.send(['1', null, room, 'shout', {}]);
  await other.expect(broadcast(room, 'shout', {}));  // so all replies wait for the client
  socket.resume();
  for (let i = 0; i < 100; i += 1) await peer.expect(reply('1', `${i}`, room, ok({s})));
  await peer.expect(broadcast(room, 'shout', {}));
  await peer.send(heartbeat('h'));
  await peer.expect(reply(null, 'h', 'phoenix'));
});
