import {area} from '../lib/cases.mjs';
import {beat, binary, heartbeat, ok, reply} from '../lib/messages.mjs';
import {check} from '../lib/matching.mjs';
import {scaled} from '../lib/time.mjs';

const test = area('malformed', 'Messages that are none close the connection with 1011 (socket.ex, the serializers)');

const utf8 = (before, bytes, after) => Buffer.concat([Buffer.from(before), Buffer.from(bytes), Buffer.from(after)]);

const notVersion2 = [
  ['no JSON', '{nope'], ['nothing', ''], ['white space', ' \n'], ['a number', '5'], ['a text', '"text"'],
  ['null', 'null'], ['true', 'true'],
  ['an empty array', '[]'], ['four elements', '[null,"1","phoenix","heartbeat"]'],
  ['an object', '{"topic":"phoenix","event":"heartbeat","payload":{},"ref":"1"}'],
  ['two arrays', '[null,"1","phoenix","heartbeat",{}][null,"2","phoenix","heartbeat",{}]'],
  ['something after the array', '[null,"1","phoenix","heartbeat",{}] x'],
  ['an array without an end', '[null,"1","phoenix","heartbeat",{}'],
  ['a comma too many', '[null,"1","phoenix","heartbeat",{},]'],
  ['a comma too many in the payload', '[null,"1","phoenix","heartbeat",{"a":1,}]'],
  ['single quotes', "[null,'1','phoenix','heartbeat',{}]"],
  ['a comment', '[null,"1","phoenix","heartbeat",{}]/**/'], ['NaN', '[null,NaN,"phoenix","heartbeat",{}]'],
  ['Infinity', '[null,Infinity,"phoenix","heartbeat",{}]'],
  ['a number that begins with 0', '[null,01,"phoenix","heartbeat",{}]'],
  ['a number with a plus', '[null,+1,"phoenix","heartbeat",{}]'],
  ['a number that ends with a point', '[null,1.,"phoenix","heartbeat",{}]'],
  ['a key without quotes', '[null,"1","phoenix","heartbeat",{a:1}]'],
  ['a line break in a text', '[null,"1\n","phoenix","heartbeat",{}]'],
  ['a zero byte in a text', '[null,"1\u0000","phoenix","heartbeat",{}]'],
  ['an escape that is none', '[null,"\\x31","phoenix","heartbeat",{}]'],
  ['a short escape', '[null,"\\u12","phoenix","heartbeat",{}]'],
  ['half of a surrogate pair', '[null,"\\ud800","phoenix","heartbeat",{}]'],
  ['the other half', '[null,"\\udc00","phoenix","heartbeat",{}]'],
  ['a byte order mark', '\ufeff[null,"1","phoenix","heartbeat",{}]'],
  ['a word that is none', '[nul,"1","phoenix","heartbeat",{}]'],
];

for (const [title, text] of notVersion2) {
  test(`version 2: ${title}`, async ({connect}) => {
    const peer = await connect();
    await peer.sendText(text);
    await peer.expectClose(1011);
  });
}

const notVersion1 = [
  ['an array', '[null,"1","phoenix","heartbeat",{}]'], ['no JSON', 'nope'], ['nothing', ''], ['a text', '"text"'],
  ['an empty object', '{}'],
  ['no topic', '{"event":"heartbeat","payload":{},"ref":"1"}'],
  ['no event', '{"topic":"phoenix","payload":{},"ref":"1"}'],
  ['no payload', '{"topic":"phoenix","event":"heartbeat","ref":"1"}'],
  ['no ref', '{"topic":"phoenix","event":"heartbeat","payload":{}}'],
  ['a key in capitals', '{"Topic":"phoenix","event":"heartbeat","payload":{},"ref":"1"}'],
];

for (const [title, text] of notVersion1) {
  for (const [how, query] of [['vsn 1.0.0', 'vsn=1.0.0'], ['no vsn', '']]) {
    test(`version 1: ${title} (${how})`, async ({connect}) => {
      const peer = await connect({vsn: '1.0.0', query});
      await peer.sendText(text);
      await peer.expectClose(1011);
    });
  }
}

const push = binary.clientPush('1', '2', 'room:a', 'echo', 'xy');
const notBinary = [
  ['nothing', []], ['a kind alone', [0]], ['sizes, one short', [0, 0, 0, 0]], ['a reply', [1, ...push.subarray(1)]],
  ['a broadcast', [2, ...push.subarray(1)]],
  ['an unknown kind', [3, ...push.subarray(1)]], ['kind 255', [255, ...push.subarray(1)]],
  ['fields that end too soon', push.subarray(0, 5 + 1 + 1 + 6 + 3)],
  ['sizes without fields', [0, 255, 255, 255, 255]],
  ['text of version 2', Buffer.from('[null,"1","phoenix","heartbeat",{}]')],
];

for (const [title, bytes] of notBinary) {
  test(`binary: ${title}`, async ({connect}) => {
    const peer = await connect();
    await peer.send(Buffer.from(bytes));
    await peer.expectClose(1011);
  });
}

for (const [title, bytes] of [
  ['bytes that are none', [0xff, 0xfe]], ['a character cut short', [0xc3]], ['a surrogate', [0xed, 0xa0, 0x80]],
  ['a character in too many bytes', [0xc0, 0x80]],
  ['a character beyond the last', [0xf4, 0x90, 0x80, 0x80]], ['a continuation alone', [0x80]],
]) {
  for (const vsn of ['2.0.0', '1.0.0']) {
    test(`text that is not UTF-8 closes with 1007: ${title} (vsn ${vsn})`, async ({connect}) => {
      const peer = await connect({vsn});
      peer.frame(1, utf8('[null,"', bytes, '","phoenix","heartbeat",{}]'));
      await peer.expectClose(1007);
    });
  }
}

test('messages before it in the same packet are answered, and those after it are not', async ({connect, room}) => {
  const peer = await connect();
  await peer.sendText(JSON.stringify(heartbeat('a')), JSON.stringify(heartbeat('b')), '[',
    JSON.stringify(['1', '1', room, 'phx_join', {}]), JSON.stringify(heartbeat('c')));
  await peer.expect(beat('a'), beat('b'));
  await peer.expectClose(1011);
});

test('no other connection notices', async ({connect, room}) => {
  const [ana, bob] = [await connect(), await connect()];
  for (const peer of [ana, bob]) await peer.join(room);
  await ana.sendText('[');
  await ana.expectClose(1011);
  check(ok({n: 1}), await bob.ask(room, 'echo', {n: 1}));
  await bob.settle();
});

test('it is found during a slow join too', async ({connect, room}) => {
  const peer = await connect();
  await peer.sendText(JSON.stringify(['1', '1', room, 'phx_join', {sleep: scaled(300)}]), '[');
  const first = await peer.next('a close frame');
  if (first.close === undefined) {
    check(reply('1', '1', room), first);
    await peer.expectClose(1011);
  } else {
    check(1011, first.close);
  }
});
