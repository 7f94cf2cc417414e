import {closes, pong as heardPong, text as heardText} from '../lib/answers.mjs';
import {close, cut, hex, ping, pong, text} from '../lib/frames.mjs';
import {frames} from '../lib/table.mjs';

const join = (...all) => Buffer.concat(all);
const allBytes = Buffer.from(Array.from({length: 125}, (_, i) => i * 3 & 0xff));

frames('RFC 6455, 5.5.2 and 5.5.3', 'pings and pongs', [
  ['an empty ping', ping(''), heardPong('')],
  ['a ping with text', ping('Hello'), heardPong('Hello')],
  ['a ping with bytes', ping(hex('00 ff fe fd fc fb 00 ff')), heardPong(hex('00 ff fe fd fc fb 00 ff'))],
  ['a ping of 125 bytes', ping(allBytes), heardPong(allBytes)],
  ['a ping that is no UTF-8', ping(hex('c3 28')), heardPong(hex('c3 28'))],
  ['the RFC\'s own example (5.7), masked', hex('89 85 37 fa 21 3d 7f 9f 4d 51 58'), heardPong('Hello')],
  ['ten in a packet, answered in order', join(...Array.from({length: 10}, (_, i) => ping(`${i}`))),
    ...Array.from({length: 10}, (_, i) => heardPong(`${i}`))],
  ['a pong without a ping', pong('x')],
  ['an empty pong', pong('')],
  ['a pong of 125 bytes', pong(allBytes)],
  ['a pong before a ping', join(pong('a'), ping('b')), heardPong('b')],
  ['pings between messages keep their order', join(text('a'), ping('b'), text('c'), ping('d')), heardText('a'),
    heardPong('b'), heardText('c'), heardPong('d')],
]);

frames('RFC 6455, 5.5', 'control frames that are too long', [
  ...[['a ping', ping], ['a pong', pong]].flatMap(([what, make]) => [126, 127, 1000, 65_536].map((size) => [
    `${what} of ${size} bytes`, make('x'.repeat(size)), closes(1002)])),
  ['a close of 126 bytes', close(1000, 'x'.repeat(124)), closes(1002)],
  ['a close of 65,536 bytes', close(1000, 'x'.repeat(65_534)), closes(1002)],
  ['found before the length has come', hex('89 fe'), closes(1002)],
  ['a short ping with its length in two bytes', ping('x', {lengthForm: 2}), closes(1002)],
  ['a short pong with its length in eight bytes', pong('x', {lengthForm: 8}), closes(1002)],
  ['a short close with its length in two bytes', close(1000, '', {lengthForm: 2}), closes(1002)],
]);

frames('RFC 6455, 5.5', 'control frames in fragments', [
  ['a ping that does not end', ping('x', {fin: false}), closes(1002)],
  ['an empty ping that does not end', ping('', {fin: false}), closes(1002)],
  ['a pong that does not end', pong('x', {fin: false}), closes(1002)],
  ['a close that does not end', close(1000, '', {fin: false}), closes(1002)],
  ['found before the payload has come', cut(ping('xyz', {fin: false}), 2), closes(1002)],
]);
