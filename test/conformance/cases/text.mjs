import {area} from '../lib/cases.mjs';
import {Mismatch, check} from '../lib/matching.mjs';
import {beat, broadcast, ok, reply} from '../lib/messages.mjs';

const test = area('text', 'Text messages of version 2, and JSON in both versions (v2_json_serializer.ex)');

async function joined({connect, room}, options) {
  const peer = await connect(options);
  await peer.join(room);
  return peer;
}

test('elements after the fifth are ignored', async (context) => {
  const peer = await joined(context);
  for (const extra of ['"x"', 'null', '{},[],1', '[null,"2","phoenix","heartbeat",{}]']) {
    await peer.sendText(`[null,"1","phoenix","heartbeat",{},${extra}]`);
    await peer.expect(beat('1'));
    await peer.sendText(`["1","2","${context.room}","echo",{"n":1},${extra}]`);
    await peer.expect(reply('1', '2', context.room, ok({n: 1})));
  }
  await peer.settle();
});

test('white space may stand between tokens', async ({connect}) => {
  const peer = await connect();
  await peer.sendText(' \t\r\n[ null ,\n"1"\t, "phoenix" , "heartbeat" , { } ]\r\n ');
  await peer.expect(beat('1'));
});

test('a reply has status and response and nothing else, a message five elements', async (context) => {
  const peer = await joined(context);
  await peer.send(['1', '2', context.room, 'echo', {status: 'x', response: 'y'}]);
  await peer.expect(reply('1', '2', context.room, {status: 'ok', response: {status: 'x', response: 'y'}}));
});

test('names may be escaped', async ({connect, room}) => {
  const peer = await connect();
  const escaped = [...room].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
  await peer.sendText(`["1","1","${escaped}","phx\\u005fjoin",{"r\\u0065ply":{"a":"\\/\\ud83d\\ude00"}}]`);
  await peer.expect(reply('1', '1', room, ok({a: '/😀'})));
});

test('topics, events and payloads may hold any characters', async ({connect, room}) => {
  const peer = await connect();
  for (const odd of ['é', '日本', '🚀', 'a\u0000b', '\u2028\u2029', '"\\/', '\b\f\n\r\t\u001f\u007f', '<script>', '\ufeff',
    '\uffff']) {
    const topic = `${room}:${odd}`;
    await peer.join(topic, {}, odd);
    await peer.send([odd, '2', topic, 'info', {ms: 0, event: odd, payload: {[odd]: odd}}]);
    await peer.expect([odd, null, topic, odd, {[odd]: odd}]);
    await peer.send([odd, '3', topic, 'shout', {[odd]: [odd]}]);
    await peer.expect(broadcast(topic, 'shout', {[odd]: [odd]}));
  }
});

test('numbers keep their value', async (context) => {
  const peer = await joined(context);
  const n = [0, 1, -1, 1.5, -0.25, 0.1, 1e10, 1e-7, 1e21, 1.7976931348623157e308, 5e-324, 9007199254740991,
    -9007199254740991, 123456.789];
  check(ok({n}), await peer.ask(context.room, 'echo', {n}));
});

test('integers of 64 bits keep their digits', async (context) => {
  const peer = await joined(context);
  const digits = ['9007199254740993', '9223372036854775807', '-9223372036854775808', '18446744073709551615'];
  await peer.sendText(`["1","2","${context.room}","echo",[${digits}]]`);
  const {text} = await peer.inbox.take('a reply');
  if (!text.includes(`[${digits}]`)) throw new Mismatch(`[${digits}]`, text);
});

test('integers stay integers, and other numbers keep their values', async (context) => {
  const peer = await joined(context);
  await peer.sendText(`["1","2","${context.room}","echo",[1,1.0,1.5]]`);
  const {text} = await peer.inbox.take('a reply');
  if (!text.includes('[1,1.0,1.5]')) throw new Mismatch('[1,1.0,1.5]', text);
});

test('payloads may be nested five hundred levels deep', async (context) => {
  const peer = await joined(context);
  const deep = (levels) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
  await peer.sendText(`["1","2","${context.room}","echo",${deep(500)}]`);
  const {text} = await peer.inbox.take('a reply');
  if (!text.includes(deep(500))) throw new Mismatch('the payload', text);
});

test('odd keys survive', async (context) => {
  const peer = await joined(context);
  const odd = JSON.parse('{"":1,"a.b":2,"__proto__":3,"constructor":4,"0":5," ":6,"status":7,"response":8,"é":9}');
  await peer.send(['1', '2', context.room, 'echo', odd]);
  const got = await peer.next('a reply');
  check(Object.entries(odd).sort(), Object.entries(got[4].response).sort());
});

for (const size of [1, 100, 125, 126, 127, 65_535, 65_536, 200_000]) {
  test(`a text of ${size} characters survives, in both versions`, async (context) => {
    for (const vsn of ['2.0.0', '1.0.0']) {
      const peer = await joined(context, {vsn});
      const s = 'é'.repeat(size);
      check(ok({s}), await peer.ask(context.room, 'echo', {s}));
    }
  });
}

// -- what is relayed --

/** A payload as JSON text, sent as an echo and as a broadcast, comes back as this text. */
async function relays(context, sent, expected) {
  const {room} = context;
  const [one, other] = [await joined(context), await joined(context)];
  await one.sendText(`["1","2","${room}","echo",${sent}]`);
  check(`["1","2","${room}","phx_reply",{"status":"ok","response":${expected}}]`, (await one.inbox.take('the reply')).text);
  await one.sendText(`["1",null,"${room}","shout",${sent}]`);
  for (const peer of [one, other]) {
    check(`[null,null,"${room}","shout",${expected}]`, (await peer.inbox.take('the broadcast')).text);
  }
}

test('a name that is given twice is relayed once: the last value, in the place of the first', async (context) => {
  await relays(context, '{"role":"user","n":1,"role":"admin"}', '{"role":"admin","n":1}');
  await relays(context, '{"a":[{"b":1,"\\u0062":{"c":2,"c":3}}]}', '{"a":[{"b":{"c":3}}]}');
  const many = Array.from({length: 20}, (_, i) => `"name ${i}":${i}`).join();
  await relays(context, `{${many},"name 7":0}`, `{${many.replace('"name 7":7', '"name 7":0')}}`);
});

test('integers beyond 64 bits are relayed as they are', async (context) => {
  const numbers = '{"n":[123456789012345678901234567890,-9223372036854775809,18446744073709551616,9007199254740993]}';
  await relays(context, numbers, numbers);
});

test('a control character in a string is malformed, wherever it stands', async (context) => {
  for (const code of [0x00, 0x1a, 0x1f]) {
    for (const before of [0, 15, 16, 40]) {
      const peer = await joined(context);
      const text = 'x'.repeat(before) + String.fromCharCode(code) + 'x'.repeat(20);
      await peer.sendText(`["1","2","${context.room}","echo",{"text":"${text}"}]`);
      await peer.expectClose(1011);
    }
  }
});
