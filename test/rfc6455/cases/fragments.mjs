import {binary as heardBinary, closes, pong as heardPong, text as heardText} from '../lib/answers.mjs';
import {begin, beginBinary, binary, close, cut, fragments, last, more, ping, pong, text} from '../lib/frames.mjs';
import {frames} from '../lib/table.mjs';

const join = (...all) => Buffer.concat(all);

frames('RFC 6455, 5.4', 'messages in fragments', [
  ['two', join(begin('Hel'), last('lo')), heardText('Hello')],
  ['two in packets of their own', [begin('Hel'), last('lo')], heardText('Hello')],
  ['three', join(begin('H'), more('ell'), last('o')), heardText('Hello')],
  ['an empty first', join(begin(''), last('Hello')), heardText('Hello')],
  ['an empty last', join(begin('Hello'), last('')), heardText('Hello')],
  ['empty ones between', join(begin('Hel'), more(''), more(''), last('lo')), heardText('Hello')],
  ['all empty', join(begin(''), more(''), last('')), heardText('')],
  ['of one byte', fragments('one byte each', 1), heardText('one byte each')],
  ['of bytes', join(beginBinary('He'), last('llo')), heardBinary('Hello')],
  ['a hundred of bytes', fragments(Buffer.alloc(100, 0xff), 1, 2), heardBinary(Buffer.alloc(100, 0xff))],
  ['a thousand empty ones', join(begin('a'), ...Array.from({length: 1000}, () => more('')), last('b')), heardText('ab')],
  ['64 KB in fragments of 1,000 bytes', fragments('x'.repeat(65_536), 1000), heardText('x'.repeat(65_536))],
  ['900 KB in fragments of 64 KB', fragments('x'.repeat(900_000), 65_536), heardText('x'.repeat(900_000))],
  ['two messages', join(begin('a'), last('b'), begin('c'), last('d')), heardText('ab'), heardText('cd')],
  ['a whole one behind it', join(begin('a'), last('b'), text('c')), heardText('ab'), heardText('c')],
  ['one that does not end is not answered', begin('a')],
]);

frames('RFC 6455, 5.4', 'control frames between fragments', [
  ['a ping is answered at once', join(begin('Hel'), ping('p')), heardPong('p')],
  ['and the message goes on', join(begin('Hel'), ping('p'), last('lo')), heardPong('p'), heardText('Hello')],
  ['an empty ping', join(begin('Hel'), ping(''), last('lo')), heardPong(''), heardText('Hello')],
  ['a ping of 125 bytes', join(begin('Hel'), ping('p'.repeat(125)), last('lo')), heardPong('p'.repeat(125)), heardText('Hello')],
  ['several', join(begin('H'), ping('1'), more('e'), ping('2'), pong('3'), last('llo')), heardPong('1'), heardPong('2'),
    heardText('Hello')],
  ['a pong is passed over', join(begin('Hel'), pong('p'), last('lo')), heardText('Hello')],
  ['a ping within a character', join(begin('κ\u1f79'.slice(0, 1)), ping('p'), last('σμε')), heardPong('p'), heardText('κσμε')],
  ['a close ends it all', join(begin('Hel'), close(1000), last('lo')), closes(1000)],
]);

frames('RFC 6455, 5.4', 'fragments out of place', [
  ['a continuation without a beginning', last('x'), closes(1002)],
  ['an empty one', last(''), closes(1002)],
  ['one that does not end', more('x'), closes(1002)],
  ['a continuation behind a whole message', join(text('a'), last('b')), heardText('a'), closes(1002)],
  ['a continuation behind the last fragment', join(begin('a'), last('b'), last('c')), heardText('ab'), closes(1002)],
  ['a continuation behind a ping', join(ping('a'), last('b')), heardPong('a'), closes(1002)],
  ['a text within a text', join(begin('a'), text('b')), closes(1002)],
  ['a beginning within a text', join(begin('a'), begin('b')), closes(1002)],
  ['bytes within a text', join(begin('a'), binary('b')), closes(1002)],
  ['a text within bytes', join(beginBinary('a'), text('b')), closes(1002)],
  ['a text within a text, behind a ping', join(begin('a'), ping('p'), text('b')), heardPong('p'), closes(1002)],
  ['a text within a text, before its payload has come', join(begin('a'), cut(text('bcdef'), 2)), closes(1002)],
]);
