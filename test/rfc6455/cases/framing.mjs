import {binary as heardBinary, closes, text as heardText} from '../lib/answers.mjs';
import {begin, binary, close, cut, frame, hex, last, more, ping, pong, text} from '../lib/frames.mjs';
import {frames} from '../lib/table.mjs';

const bytesOf = (size) => Buffer.from(Array.from({length: size}, (_, i) => i * 7 & 0xff));

// -- sizes --

const sizes = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 124, 125, 126, 127, 128, 1023, 65_535, 65_536, 65_537, 262_144, 999_986];

frames('RFC 6455, 5.2', 'sizes of a text', sizes.map((size) => [
  `${size} bytes`, text('x'.repeat(size)), heardText('x'.repeat(size))]));

frames('RFC 6455, 5.2', 'sizes of a binary message', sizes.map((size) => [
  `${size} bytes`, binary(bytesOf(size)), heardBinary(bytesOf(size))]));

frames('RFC 6455, 5.2', 'messages behind each other', [
  ['ten in a packet', Buffer.concat(Array.from({length: 10}, (_, i) => text(`${i}`))),
    ...Array.from({length: 10}, (_, i) => heardText(`${i}`))],
  ['of both kinds', Buffer.concat([text('a'), binary('b'), text('c')]), heardText('a'), heardBinary('b'), heardText('c')],
  ['a packet that ends within the second header', [Buffer.concat([text('a'), cut(text('b'), 1)]), hex('05')],
    heardText('a'), closes(1002)],
  ['a thousand empty ones', Buffer.concat(Array.from({length: 1000}, () => text(''))),
    ...Array.from({length: 1000}, () => heardText(''))],
]);

// -- lengths --

const header = (first, ...rest) => Buffer.from([first, ...rest]);
const eight = (value) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
};
const announces = (value) => Buffer.concat([header(0x82, 0xff), eight(value), hex('01020304')]);

frames('RFC 6455, 5.2', 'lengths', [
  ['2^63, whose highest bit must be 0', announces(2n ** 63n), closes(1002)],
  ['2^64 - 1', announces(2n ** 64n - 1n), closes(1002)],
  ['2^63, before the mask has come', cut(announces(2n ** 63n), 10), closes(1002)],
  ['2^63 - 1: more than anybody takes', announces(2n ** 63n - 1n), closes(1009)],
  ['2^32', announces(2n ** 32n), closes(1009)],
  ['2^32 + 5, whose lower half is small', announces(2n ** 32n + 5n), closes(1009)],
  ['2^16 bytes more than the limit, before the mask has come', cut(announces(2_162_688n), 10), closes(1009)],
]);

frames('RFC 6455, 5.2', 'lengths in a longer form than they need: the RFC forbids to send them, and leaves open what to '
  + 'do; they are read, as Phoenix\'s own server does', [
  ['5 bytes, in two', text('Hello', {lengthForm: 2}), heardText('Hello')],
  ['5 bytes, in eight', text('Hello', {lengthForm: 8}), heardText('Hello')],
  ['125 bytes, in two', text('x'.repeat(125), {lengthForm: 2}), heardText('x'.repeat(125))],
  ['126 bytes, in eight', text('x'.repeat(126), {lengthForm: 8}), heardText('x'.repeat(126))],
  ['65,535 bytes, in eight', text('x'.repeat(65_535), {lengthForm: 8}), heardText('x'.repeat(65_535))],
  ['nothing, in eight', text('', {lengthForm: 8}), heardText('')],
]);

// -- reserved bits --

const kinds = [['a text', text], ['bytes', binary], ['a ping', ping], ['a pong', pong],
  ['a close', (payload, faults) => close(1000, '', faults)]];

frames('RFC 6455, 5.2', 'reserved bits, where no extension was agreed', [
  ...kinds.flatMap(([what, make]) => [1, 2, 4].map((rsv) => [
    `${what} with RSV${{4: 1, 2: 2, 1: 3}[rsv]}`, make('x', {rsv}), closes(1002)])),
  ...[3, 5, 6, 7].map((rsv) => [`a text with the reserved bits ${rsv.toString(2).padStart(3, '0')}`, text('x', {rsv}), closes(1002)]),
  ...[1, 2, 4].map((rsv) => [`a continuation with RSV${{4: 1, 2: 2, 1: 3}[rsv]}`,
    Buffer.concat([begin('x'), last('y', {rsv})]), closes(1002)]),
  ['an empty text with RSV1', text('', {rsv: 4}), closes(1002)],
  ['found before the payload has come', cut(text('x'.repeat(100), {rsv: 4}), 2), closes(1002)],
  ['behind a good message', Buffer.concat([text('good'), text('bad', {rsv: 2}), text('late')]), heardText('good'), closes(1002)],
]);

// -- opcodes --

frames('RFC 6455, 5.2', 'opcodes that are reserved', [
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].flatMap((opcode) => [
    [`the opcode ${opcode}`, frame(opcode, 'x'), closes(1002)],
    [`the opcode ${opcode}, empty`, frame(opcode, ''), closes(1002)]]),
  ...[3, 15].map((opcode) => [`the opcode ${opcode}, before its payload has come`, cut(frame(opcode, 'x'), 2), closes(1002)]),
  ...[3, 7, 11, 15].map((opcode) => [`the opcode ${opcode} within fragments`,
    Buffer.concat([begin('x'), frame(opcode, 'y'), last('z')]), closes(1002)]),
]);

// -- masks --

frames('RFC 6455, 5.1 and 5.3', 'masks', [
  ...kinds.map(([what, make]) => [`${what} without a mask`, make('x', {masked: false}), closes(1002)]),
  ['an empty text without a mask', text('', {masked: false}), closes(1002)],
  ['a continuation without a mask', Buffer.concat([begin('x'), last('y', {masked: false})]), closes(1002)],
  ['found before the payload has come', hex('81 7e'), closes(1002)],
  ['behind a good message', Buffer.concat([text('good'), text('bad', {masked: false})]), heardText('good'), closes(1002)],
  ['the mask 0', text('Hello', {mask: Buffer.alloc(4)}), heardText('Hello')],
  ['the mask ff', text('Hello', {mask: Buffer.alloc(4, 0xff)}), heardText('Hello')],
  ['the text as its own mask', text('Hello', {mask: Buffer.from('Hell')}), heardText('Hello')],
  ['the RFC\'s own example (5.7)', hex('81 85 37 fa 21 3d 7f 9f 4d 51 58'), heardText('Hello')],
  ['another mask in each fragment', Buffer.concat([begin('He', {mask: hex('11223344')}),
    more('l', {mask: hex('55667788')}), last('lo', {mask: hex('99aabbcc')})]), heardText('Hello')],
  ['a mask that makes the text no UTF-8', Buffer.concat([hex('81 85 80 80 80 80'), Buffer.from('Hello')]), closes(1007)],
  ['a mask of which one byte is missing, and then comes', [hex('81 85 37 fa 21'), hex('3d 7f 9f 4d 51 58')], heardText('Hello')],
]);
