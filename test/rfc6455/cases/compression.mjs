import {Pattern} from '../../conformance/lib/matching.mjs';
import {binary as heardBinary, closes, pong as heardPong, text as heardText} from '../lib/answers.mjs';
import {begin, beginBinary, binary, close, compressedBinary, compressedText, cut, deflated, frame, hex, last, more, ping,
  pong, rsv1, text} from '../lib/frames.mjs';
import {answersWith, frames, handshakes} from '../lib/table.mjs';

const join = (...all) => Buffer.concat(all);
const path = '/deflate/websocket';
const extensions = 'Sec-WebSocket-Extensions';
const headers = {[extensions]: 'permessage-deflate'};
const compressed = {path, headers};

// -- the offer and the answer --

const agreed = new Pattern('permessage-deflate without context takeover', (value) =>
  /^permessage-deflate(;|$)/.test(value ?? '') && value.includes('server_no_context_takeover')
    && value.includes('client_no_context_takeover') && !value.includes('client_max_window_bits'));
const offers = (value, at = path) => ({path: at, headers: {[extensions]: value}});
const accepted = answersWith(101, {'sec-websocket-extensions': agreed});
const passedOver = answersWith(101, {'sec-websocket-extensions': null});

handshakes('RFC 7692, 5 and 7.1', 'offers that are accepted', [
  ['permessage-deflate', offers('permessage-deflate'), accepted],
  ['as browsers offer it', offers('permessage-deflate; client_max_window_bits'), accepted],
  ...[8, 9, 15].map((bits) => [`client_max_window_bits=${bits}`, offers(`permessage-deflate; client_max_window_bits=${bits}`), accepted]),
  ['client_no_context_takeover', offers('permessage-deflate; client_no_context_takeover'), accepted],
  ['server_no_context_takeover', offers('permessage-deflate; server_no_context_takeover'), accepted],
  ['both, without spaces', offers('permessage-deflate;client_no_context_takeover;server_no_context_takeover'), accepted],
  ['server_max_window_bits=15, which is repeated', offers('permessage-deflate; server_max_window_bits=15'),
    answersWith(101, {'sec-websocket-extensions': new Pattern('server_max_window_bits=15', (value) => /server_max_window_bits=15\b/.test(value))})],
  ['a quoted value', offers('permessage-deflate; client_max_window_bits="10"'), accepted],
  ['behind an extension that there is not', offers('x-nonsense; a="b", permessage-deflate'), accepted],
  ['in a second header', offers(['x-nonsense', 'permessage-deflate']), accepted],
  ['behind an offer that is bad', offers('permessage-deflate; nonsense, permessage-deflate'), accepted],
  ['behind an offer that cannot be kept', offers('permessage-deflate; server_max_window_bits=10, permessage-deflate'), accepted],
  ['twice: one is chosen', offers('permessage-deflate, permessage-deflate; client_max_window_bits'), accepted],
]);

handshakes('RFC 7692, 5.1 and 7.1', 'offers that are passed over: the connection goes on without compression', [
  ['an extension that there is not', offers('x-webkit-deflate-frame'), passedOver],
  ['another name that begins so', offers('permessage-deflate2'), passedOver],
  ['an unknown parameter', offers('permessage-deflate; nonsense'), passedOver],
  ['an unknown parameter with a value', offers('permessage-deflate; nonsense=1'), passedOver],
  ['a parameter twice', offers('permessage-deflate; client_max_window_bits; client_max_window_bits'), passedOver],
  ['a value for a parameter without values', offers('permessage-deflate; client_no_context_takeover=1'), passedOver],
  ['server_no_context_takeover with a value', offers('permessage-deflate; server_no_context_takeover=true'), passedOver],
  ...['7', '16', '0', '-1', '010', '10.0', 'x', '"'].map((bits) => [`client_max_window_bits=${bits}`,
    offers(`permessage-deflate; client_max_window_bits=${bits}`), passedOver]),
  ...['7', '16', '015', ''].map((bits) => [`server_max_window_bits=${bits}`,
    offers(`permessage-deflate; server_max_window_bits=${bits}`), passedOver]),
  ['server_max_window_bits without a value', offers('permessage-deflate; server_max_window_bits'), passedOver],
  ['a small window for the server, which may decline', offers('permessage-deflate; server_max_window_bits=10'), passedOver],
  ['a header that is no list of extensions', offers('permessage-deflate; ; ='), passedOver],
  ['the server does not compress', offers('permessage-deflate', '/echo/websocket'), passedOver],
]);

// -- messages --

const long = 'compress me, for I repeat myself. '.repeat(50);
const noise = Buffer.from(Array.from({length: 3000}, (_, i) => (i * 2654435761 >>> 7) & 0xff));

frames('RFC 7692, 7.2.3', 'the RFC\'s own examples', [
  ['one block (7.2.3.1)', frame(1, hex('f2 48 cd c9 c9 07 00'), rsv1), heardText('Hello')],
  ['the same in two fragments', join(frame(1, hex('f2 48 cd'), {rsv: 4, fin: false}), last(hex('c9 c9 07 00'))), heardText('Hello')],
  ['without compression (7.2.3.3)', frame(1, hex('00 05 00 fa ff 48 65 6c 6c 6f 00'), rsv1), heardText('Hello')],
  ['with BFINAL set (7.2.3.4)', frame(1, hex('f3 48 cd c9 c9 07 00 00'), rsv1), heardText('Hello')],
  ['two blocks (7.2.3.5)', frame(1, hex('f2 48 05 00 00 00 ff ff ca c9 c9 07 00'), rsv1), heardText('Hello')],
  ['an empty message (7.2.3.6)', frame(1, hex('00'), rsv1), heardText('')],
], compressed);

frames('RFC 7692, 6 and 7.2', 'messages', [
  ['a compressed text', compressedText('Hello'), heardText('Hello')],
  ['a long one, which is answered compressed', compressedText(long), heardText(long, {compressed: true})],
  ['a long one that is not compressed', text(long), heardText(long, {compressed: true})],
  ['compressed bytes', compressedBinary(long), heardBinary(long, {compressed: true})],
  ['bytes that cannot be made smaller', compressedBinary(noise), heardBinary(noise)],
  ['a short text that is not compressed', text('Hello'), heardText('Hello', {compressed: false})],
  ['an empty text', text(''), heardText('')],
  ['compressed and others in turn', join(compressedText('a'), text('b'), compressedBinary('c'), binary('d')), heardText('a'),
    heardText('b'), heardBinary('c'), heardBinary('d')],
  ['the same twice: no context is kept', join(compressedText(long), compressedText(long)),
    heardText(long, {compressed: true}), heardText(long, {compressed: true})],
  ...[9, 12, 15].map((windowBits) => [`a window of ${windowBits} bits`, compressedText(long.repeat(20), {windowBits}),
    heardText(long.repeat(20))]),
  ['the highest level', compressedText(long, {level: 9}), heardText(long)],
  ['stored blocks', compressedText(long, {level: 0}), heardText(long)],
  ['65,536 bytes', compressedText('x'.repeat(65_536)), heardText('x'.repeat(65_536), {compressed: true})],
  ['999,999 bytes', compressedText('x'.repeat(999_999)), heardText('x'.repeat(999_999), {compressed: true})],
  ['many languages', compressedText('κόσμε 世界 🚀'), heardText('κόσμε 世界 🚀')],
], compressed);

const parts = (bytes, size) => {
  const all = [];
  for (let at = 0; at < bytes.length; at += size) all.push(bytes.subarray(at, at + size));
  return all;
};
const inFragments = (bytes, size) => join(...parts(bytes, size).map((part, i, all) =>
  frame(i === 0 ? 1 : 0, part, {rsv: i === 0 ? 4 : 0, fin: i === all.length - 1})));

frames('RFC 7692, 6', 'compressed messages in fragments', [
  ['two', inFragments(deflated(long), 30), heardText(long)],
  ['of one byte', inFragments(deflated('Hello'), 1), heardText('Hello')],
  ['an empty first', join(begin('', rsv1), last(deflated('Hello'))), heardText('Hello')],
  ['an empty last', join(begin(deflated('Hello'), rsv1), last('')), heardText('Hello')],
  ['with a ping between', join(begin(deflated('Hello').subarray(0, 3), rsv1), ping('p'), last(deflated('Hello').subarray(3))),
    heardPong('p'), heardText('Hello')],
  ['RSV1 in the last one too', join(begin(deflated('Hello').subarray(0, 3), rsv1), last(deflated('Hello').subarray(3), rsv1)),
    closes(1002)],
  ['RSV1 in the last one only', join(begin('Hel'), last('lo', rsv1)), closes(1002)],
  ['bytes', join(beginBinary(deflated('Hello'), rsv1), more(''), last('')), heardBinary('Hello')],
], compressed);

frames('RFC 7692, 6', 'reserved bits where compression was agreed', [
  ['RSV2', text('x', {rsv: 2}), closes(1002)],
  ['RSV3', text('x', {rsv: 1}), closes(1002)],
  ['RSV1 and RSV2', text(deflated('x'), {rsv: 6}), closes(1002)],
  ['a ping with RSV1', ping('x', rsv1), closes(1002)],
  ['a pong with RSV1', pong('x', rsv1), closes(1002)],
  ['a close with RSV1', close(1000, '', rsv1), closes(1002)],
  ['a close without it', close(1000), closes(1000)],
], compressed);

frames('RFC 7692, 6', 'where compression was offered and not agreed', [
  ['RSV1', compressedText('Hello'), closes(1002)],
  ['a text', text('Hello'), heardText('Hello', {compressed: false})],
], {path: '/echo/websocket', headers});

frames('RFC 7692, 7.2.2', 'what is no compressed message', [
  ['a block of a kind that there is not', frame(1, hex('07'), rsv1), closes(1002, 1007)],
  ['a stored block whose sizes disagree', frame(1, hex('00 05 00 00 00 48 65 6c 6c 6f 00'), rsv1), closes(1002, 1007)],
  ['text that was not compressed', frame(1, 'Hello, this is no deflate', rsv1), closes(1002, 1007)],
  ['ff ff ff ff', frame(1, hex('ff ff ff ff'), rsv1), closes(1002, 1007)],
  ['a distance before the beginning', frame(1, hex('63 00 42 00 00'), rsv1), closes(1002, 1007)],
  ['dynamic codes that make no tree', frame(1, hex('04 ff ff ff ff ff ff ff ff ff'), rsv1), closes(1002, 1007)],
  ['behind a good message', join(compressedText('good'), frame(1, hex('07'), rsv1)), heardText('good'), closes(1002, 1007)],
  ['a compressed text that is no UTF-8', compressedText(hex('48 ff')), closes(1007)],
  ['a compressed surrogate', compressedText(hex('ed a0 80')), closes(1007)],
  ['compressed text that ends within a character', compressedText(hex('e2 82')), closes(1007)],
  ['a compressed text that is no UTF-8, in fragments', inFragments(deflated(hex('ce ba e1 ff bd')), 2), closes(1007)],
  ['bytes need not be UTF-8', compressedBinary(hex('48 ff')), heardBinary(hex('48 ff'))],
], compressed);

const bomb = deflated(Buffer.alloc(20_000_000));

frames('RFC 7692, 9 and RFC 6455, 10.4', 'compressed messages that are too large', [
  ['2,097,153 bytes inflated', compressedText('x'.repeat(2_097_153)), closes(1009)],
  ['20 MB inflated, from 19 KB', frame(2, bomb, rsv1), closes(1009)],
  ['the same in fragments', inFragments(bomb, 4000), closes(1009)],
  ['a frame over the limit, before its payload has come', cut(frame(2, '', {rsv: 4, declared: 2_097_153}), 10), closes(1009)],
], compressed);

frames('RFC 7692, 9 and RFC 6455, 10.4', 'compressed messages, where a message may have 2,048 bytes', [
  ['2,048 bytes inflated', compressedText('x'.repeat(2048)), heardText('x'.repeat(2048), {compressed: true})],
  ['2,049 bytes inflated', compressedText('x'.repeat(2049)), closes(1009)],
], {path: '/small_deflate/websocket', headers});
