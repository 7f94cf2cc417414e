import {closes, text as heardText} from '../lib/answers.mjs';
import {begin, beginBinary, cut, fragments, hex, last, more, ping, text} from '../lib/frames.mjs';
import {binary as heardBinary, pong as heardPong} from '../lib/answers.mjs';
import {frames} from '../lib/table.mjs';

const join = (...all) => Buffer.concat(all);
const bytes = (value) => Buffer.from(value);
const greek = 'κόσμε';  // the word of Markus Kuhn's stress test

const valid = [
  ['the least of one byte, U+0000', '\0'], ['the last of one byte, U+007F', '\x7f'],
  ['the first of two, U+0080', '\x80'], ['the last of two, U+07FF', '\u07ff'],
  ['the first of three, U+0800', '\u0800'], ['the last of three, U+FFFF', '\uffff'],
  ['the first of four, U+10000', '\u{10000}'], ['the last of four, U+10FFFF', '\u{10ffff}'],
  ['the last before the surrogates, U+D7FF', '\ud7ff'], ['the first after them, U+E000', '\ue000'],
  ['U+FFFD', '\ufffd'], ['U+FFFE, no character', '\ufffe'], ['U+FDD0, no character', '\ufdd0'],
  ['U+1FFFF, no character', '\u{1ffff}'], ['a byte order mark', '\ufeffx'], ['many languages', `${greek} 世界 привет 🚀`],
  ['a text in which ASCII and others take turns', 'aé'.repeat(100)],
];

frames('RFC 6455, 5.6 and 8.1', 'texts that are UTF-8', [
  ...valid.map(([what, value]) => [what, text(value), heardText(value)]),
  ...valid.map(([what, value]) => [`${what}, in fragments of one byte`, fragments(value, 1), heardText(value)]),
]);

const invalid = [
  ['a continuation byte, 80', '80'], ['a continuation byte, bf', 'bf'], ['six of them', '80 bf 80 bf 80 bf'],
  ['c0, which begins nothing', 'c0 20'], ['c1, which begins nothing', 'c1 bf'], ['f5, which begins nothing', 'f5 80 80 80'],
  ['fe', 'fe'], ['ff', 'ff'],
  ['two bytes of which one is missing', 'c3 20'], ['three of which two are missing', 'e0 20'],
  ['three of which one is missing', 'e2 82 20'], ['four of which one is missing', 'f0 9f 9a 20'],
  ['an overlong slash in two bytes', 'c0 af'], ['an overlong slash in three bytes', 'e0 80 af'],
  ['an overlong slash in four bytes', 'f0 80 80 af'], ['an overlong slash in five bytes', 'f8 80 80 80 af'],
  ['an overlong slash in six bytes', 'fc 80 80 80 80 af'], ['an overlong NUL', 'c0 80'],
  ['the last overlong form of three bytes', 'e0 9f bf'], ['the last overlong form of four bytes', 'f0 8f bf bf'],
  ['the first above U+10FFFF', 'f4 90 80 80'], ['five bytes', 'f8 88 80 80 80'], ['six bytes', 'fc 84 80 80 80 80'],
  ['the first surrogate', 'ed a0 80'], ['the last surrogate', 'ed bf bf'], ['a pair of surrogates', 'ed a0 81 ed b0 80'],
];

frames('RFC 6455, 8.1', 'texts that are not', [
  ...invalid.map(([what, digits]) => [what, text(hex(digits)), closes(1007)]),
  ...invalid.map(([what, digits]) => [`${what}, amid good text`, text(join(bytes(greek), hex(digits), bytes('edited'))), closes(1007)]),
]);

const unfinished = [['two', 'c3'], ['three', 'e2 82'], ['four', 'f0 9f 9a']];

frames('RFC 6455, 8.1', 'texts that end within a character', [
  ...unfinished.map(([what, digits]) => [`of ${what} bytes`, text(hex(digits)), closes(1007)]),
  ...unfinished.map(([what, digits]) => [`of ${what} bytes, in fragments`, join(begin(hex(digits)), last('')), closes(1007)]),
  ['behind good text', text(join(bytes(greek), hex('cf'))), closes(1007)],
]);

const rocket = bytes('🚀');

frames('RFC 6455, 8.1', 'characters across the borders of fragments', [
  ...[1, 2, 3].map((at) => [`a character of four bytes, cut behind the ${['first', 'second', 'third'][at - 1]}`,
    join(begin(rocket.subarray(0, at)), last(rocket.subarray(at))), heardText('🚀')]),
  ['with a ping at the border', join(begin(rocket.subarray(0, 2)), ping('p'), last(rocket.subarray(2))), heardPong('p'),
    heardText('🚀')],
  ['with empty fragments at the border', join(begin(rocket.subarray(0, 2)), more(''), more(''), last(rocket.subarray(2))),
    heardText('🚀')],
  ['the second half is missing', join(begin(rocket.subarray(0, 2)), last('x')), closes(1007)],
  ['the second half is the beginning of another', join(begin(hex('e2 82')), last(hex('e2 82 ac'))), closes(1007)],
  ['a surrogate, cut in two', join(begin(hex('ed')), last(hex('a0 80'))), closes(1007)],
  ['an overlong form, cut in two', join(begin(hex('e0')), last(hex('80 af'))), closes(1007)],
  ['above U+10FFFF, cut in two', join(begin(hex('f4')), last(hex('90 80 80'))), closes(1007)],
  ['bytes need not be UTF-8', join(beginBinary(hex('c3')), last(hex('28'))), heardBinary(hex('c3 28'))],
]);

frames('RFC 6455, 8.1', 'bad text is found as soon as it has come', [
  ['in the first fragment, before the last', begin(hex('c3 28')), closes(1007)],
  ['in a later fragment, before the last', join(begin(greek), more(hex('ff'))), closes(1007)],
  ['within a frame, before its end', cut(text(join(bytes(greek), hex('f4 90'), bytes('x'.repeat(500)))), 4 + 4 + 12), closes(1007)],
  ['in a byte that no character can go on with', cut(text(join(bytes(greek), hex('f4'), hex('90 80 80'))), 6 + 12), closes(1007)],
  ['a surrogate, at its second byte', cut(text(hex('ed a0 80')), 6 + 2), closes(1007)],
  ['an overlong form, at its second byte', cut(text(hex('e0 80 80')), 6 + 2), closes(1007)],
  ['c0, at once', cut(text(hex('c0 80')), 6 + 1), closes(1007)],
  ['the beginning of a character is not refused', begin(hex('f4 8f'))],
]);
