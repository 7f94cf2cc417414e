import {closes, pong as heardPong, text as heardText} from '../lib/answers.mjs';
import {begin, cut, fragments, last, more, ping, text} from '../lib/frames.mjs';
import {frames} from '../lib/table.mjs';

const join = (...all) => Buffer.concat(all);
const x = (size) => 'x'.repeat(size);

// The header of a frame of 126 bytes and more has 8 bytes.
frames('RFC 6455, 7.4.1 and 10.4', 'limits, where a frame may have 1,024 bytes and a message 2,048', [
  ['a frame of 1,024 bytes', text(x(1016)), heardText(x(1016))],
  ['a frame of 1,025 bytes', text(x(1017)), closes(1009)],
  ['a frame of 1,025 bytes, before its payload has come', cut(text(x(1017)), 4), closes(1009)],
  ['a frame of 1 MB', text(x(1_000_000)), closes(1009)],
  ['a message of 2,048 bytes', join(begin(x(1016)), more(x(1016)), last(x(16))), heardText(x(2048))],
  ['a message of 2,049 bytes', join(begin(x(1016)), more(x(1016)), last(x(17))), closes(1009)],
  ['a message of 2,049 bytes, before its last payload has come', join(begin(x(1016)), more(x(1016)), cut(last(x(17)), 2)),
    closes(1009)],
  ['a message of 2,048 bytes in fragments of one byte', fragments(x(2048), 1), heardText(x(2048))],
  ['a message of 2,049 bytes in fragments of one byte', fragments(x(2049), 1), closes(1009)],
  ['pings count for neither', join(begin(x(1016)), ping(x(125)), more(x(1016)), ping(''), last(x(16))),
    heardPong(x(125)), heardPong(''), heardText(x(2048))],
  ['a message behind another starts anew', join(begin(x(1016)), last(x(1016)), begin(x(1016)), last(x(1016))),
    heardText(x(2032)), heardText(x(2032))],
], {path: '/small/websocket'});
