import {closes, text as heardText} from '../lib/answers.mjs';
import {begin, close, hex, last, more, ping, text} from '../lib/frames.mjs';
import {frames} from '../lib/table.mjs';

const join = (...all) => Buffer.concat(all);
const closeWith = (...payload) => hex(`88 ${(0x80 | payload.length).toString(16)} 00000000 ${Buffer.from(payload).toString('hex')}`);

frames('RFC 6455, 5.5.1 and 7.4', 'close codes that may be sent are answered with 1000', [
  ...[1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999].map((code) => [
    `${code}`, close(code), closes(1000)]),
  ['none', close(), closes(1000)],
]);

frames('RFC 6455, 7.4', 'close codes that may not be sent', [
  ...[0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 1999, 2000, 2999, 5000, 9999, 65_535].map((code) => [
    `${code}`, close(code), closes(1002)]),
  ['half a code', closeWith(3), closes(1002)],
]);

const replaced = [hex('c3 28'), hex('ff'), hex('ed a0 80'), hex('c0 af'), hex('f4 90 80 80'), hex('e2 82')];

frames('RFC 6455, 5.5.1', 'close reasons', [
  ['a short one', close(1000, 'bye'), closes(1000)],
  ['of 123 bytes', close(1000, 'x'.repeat(123)), closes(1000)],
  ['of many languages', close(1000, 'κόσμε 世界 🚀'), closes(1000)],
  ['that ends with a whole character', close(1000, `${'x'.repeat(121)}é`), closes(1000)],
  ...replaced.map((bytes) => [`that is no UTF-8: ${bytes.toString('hex')}`, close(1000, bytes), closes(1007)]),
  ['that is no UTF-8 behind good text', close(1000, join(Buffer.from('bye '), hex('ce ba e1 bd b9 cf 83 ed a0 80'))),
    closes(1007)],
  ['a bad code with a reason that is no UTF-8', close(999, hex('ff')), closes(1002)],
]);

frames('RFC 6455, 1.4 and 5.5.1', 'what follows a close frame is passed over', [
  ['a text', join(close(1000), text('late')), closes(1000)],
  ['a ping', join(close(1000), ping('late')), closes(1000)],
  ['another close', join(close(1000), close(1001)), closes(1000)],
  ['a frame that breaks the rules', join(close(1000), text('x', {rsv: 7})), closes(1000)],
  ['nonsense', join(close(4000), Buffer.alloc(300, 0xff)), closes(1000)],
  ['256 KB', [close(1000), Buffer.alloc(262_144, 0x81)], closes(1000)],
]);

frames('RFC 6455, 7.1.7', 'after a violation the server says why, and hears nothing more', [
  ['a good text behind a bad frame', join(text('x', {rsv: 1}), text('late')), closes(1002)],
  ['a close behind a bad frame', join(text('x', {rsv: 1}), close(1000)), closes(1002)],
  ['another bad frame', join(text('x', {rsv: 1}), text('x', {masked: false})), closes(1002)],
  ['256 KB of nonsense', [join(text('x', {rsv: 1}), Buffer.alloc(262_144, 0x55))], closes(1002)],
  ['a message before it is answered', join(text('a'), begin('b'), text('c')), heardText('a'), closes(1002)],
]);

frames('RFC 6455, 7.1.4', 'a close amid other things', [
  ['behind messages, which are answered', join(text('a'), text('b'), close(1000)), heardText('a'), heardText('b'), closes(1000)],
  ['within fragments', join(begin('a'), more('b'), close(1001)), closes(1000)],
  ['behind fragments', join(begin('a'), last('b'), close(1001)), heardText('ab'), closes(1000)],
]);
