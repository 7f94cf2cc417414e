import {Pattern} from '../../conformance/lib/matching.mjs';
import {text as heardText} from '../lib/answers.mjs';
import {begin, last, text} from '../lib/frames.mjs';
import {answersWith, handshakes} from '../lib/table.mjs';

const key = 'Sec-WebSocket-Key';
const version = 'Sec-WebSocket-Version';
const protocol = 'Sec-WebSocket-Protocol';

const word = (expected) => new Pattern(expected, (value) => value?.toLowerCase() === expected);
const opens = (headers) => answersWith(101, headers);
const refused = answersWith(400);

handshakes('RFC 6455, 4.2.2', 'the answer that opens a WebSocket', [
  ['the nonce of the RFC\'s own example', {headers: {[key]: 'dGhlIHNhbXBsZSBub25jZQ=='}},
    opens({'sec-websocket-accept': 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='})],
  ['another nonce', {headers: {[key]: 'AQIDBAUGBwgJCgsMDQ4PEA=='}},
    opens({'sec-websocket-accept': 'C/0nmHhBztSRGR1CwL6Tf4ZjwpY='})],
  ['Upgrade and Connection', {}, opens({upgrade: word('websocket'), connection: word('upgrade')})],
  ['no body', {}, opens({'content-length': null, 'transfer-encoding': null})],
  ['nothing that was not offered', {}, opens({'sec-websocket-extensions': null, 'sec-websocket-protocol': null})],
  ['frames in the packet of the request', {behind: text('early')}, opens(), heardText('early')],
  ['fragments in the packet of the request', {behind: Buffer.concat([begin('ear'), last('ly')])}, opens(),
    heardText('early')],
]);

handshakes('RFC 6455, 4.2.1', 'requests that open a WebSocket', [
  ['Connection is a list', {headers: {Connection: 'keep-alive, Upgrade'}}, opens()],
  ['Connection comes twice', {headers: {Connection: ['keep-alive', 'Upgrade']}}, opens()],
  ['Connection in small letters', {headers: {Connection: 'upgrade'}}, opens()],
  ['Connection in capitals', {headers: {Connection: 'UPGRADE'}}, opens()],
  ['Upgrade in capitals', {headers: {Upgrade: 'WEBSOCKET'}}, opens()],
  ['Upgrade in mixed letters', {headers: {Upgrade: 'WebSocket'}}, opens()],
  ['Upgrade is a list', {headers: {Upgrade: 'h2c, websocket'}}, opens()],
  ['names of headers in other letters', {headers: {[version]: null, 'sEC-wEBSOCKET-vERSION': '13'}}, opens()],
  ['white space around values', {headers: {[version]: '  13\t', Upgrade: '\t websocket '}}, opens()],
  ['an Origin', {headers: {Origin: null}}, opens()],
  ['headers without a meaning for the server', {headers: {'X-Nonsense': 'yes', 'Accept-Language': 'eo'}}, opens()],
  ['a query', {path: '/echo/websocket?a=b&c'}, opens()],
  ['a key of 15 bytes', {headers: {[key]: Buffer.alloc(15).toString('base64')}}, opens()],
  ['a key of 17 bytes', {headers: {[key]: Buffer.alloc(17).toString('base64')}}, opens()],
  ['a key without its padding', {headers: {[key]: 'dGhlIHNhbXBsZSBub25jZQ'}}, opens()],
  ['a key that is not base64', {headers: {[key]: 'dGhlIHNhbXBsZSBub25j!!=='}}, opens()],
  ['a key in another alphabet', {headers: {[key]: '_-_-_-_-_-_-_-_-_-_-_A=='}}, opens()],
]);

handshakes('RFC 6455, 4.2.1', 'requests that do not', [
  ['no Connection', {headers: {Connection: null}}, refused],
  ['an empty Connection', {headers: {Connection: ''}}, refused],
  ['Connection without the token', {headers: {Connection: 'keep-alive'}}, refused],
  ['Connection with a longer token', {headers: {Connection: 'upgrades'}}, refused],
  ['no Upgrade', {headers: {Upgrade: null}}, refused],
  ['another Upgrade', {headers: {Upgrade: 'h2c'}}, refused],
  ['an Upgrade that begins so', {headers: {Upgrade: 'websockets'}}, refused],
  ['no key', {headers: {[key]: null}}, refused],
  ['an empty key', {headers: {[key]: ''}}, refused],
  ['two keys', {headers: {[key]: ['dGhlIHNhbXBsZSBub25jZQ==', 'AQIDBAUGBwgJCgsMDQ4PEA==']}}, refused],
  ['two keys that are the same', {headers: {[key]: ['dGhlIHNhbXBsZSBub25jZQ==', 'dGhlIHNhbXBsZSBub25jZQ==']}}, refused],
  ['the method POST', {method: 'POST', headers: {'Content-Length': '0'}}, refused],
  ['the method HEAD', {method: 'HEAD'}, refused],
  ['the method PUT', {method: 'PUT', headers: {'Content-Length': '0'}}, refused],
  ['a method that there is not', {method: 'SOCKET'}, refused],
  ['a space before a header\'s colon', {headers: {'X-A ': 'b'}}, refused],
  ['a header without a colon', {headers: {'X-A': 'b\r\nnonsense'}}, refused],
  ['a line feed alone within a header', {headers: {'X-A': 'b\n c'}}, refused],
  ['a NUL within a header', {headers: {'X-A': 'b\0c'}}, refused],
]);

handshakes('RFC 6455, 4.2.2 and 4.4', 'versions', [
  ...[null, '', '0', '7', '8', '12', '14', '255', '13.0', '013', '+13', 'thirteen', '13, 8'].map((value) => [
    value === null ? 'no version' : `the version "${value}"`, {headers: {[version]: value}},
    answersWith(400, {'sec-websocket-version': '13'})]),
  ['two versions', {headers: {[version]: ['13', '8']}}, answersWith(400, {'sec-websocket-version': '13'})],
]);

const speaks = (name) => opens({'sec-websocket-protocol': name});
const at = '/protocols/websocket';

handshakes('RFC 6455, 4.2.2 and 11.3.4', 'subprotocols, where the server has chat and superchat', [
  ['none is offered', {path: at}, speaks(null)],
  ['one of the server\'s', {path: at, headers: {[protocol]: 'chat'}}, speaks('chat')],
  ['both', {path: at, headers: {[protocol]: 'superchat, chat'}}, speaks('chat')],
  ['one of the server\'s behind others', {path: at, headers: {[protocol]: 'soap, wamp, superchat'}}, speaks('superchat')],
  ['several headers', {path: at, headers: {[protocol]: ['soap', 'superchat']}}, speaks('superchat')],
  ['only others', {path: at, headers: {[protocol]: 'soap'}}, answersWith(403)],
  ['other letters, which make another name', {path: at, headers: {[protocol]: 'Chat'}}, answersWith(403)],
  ['a client offers some, and the server has none', {headers: {[protocol]: 'chat'}}, speaks(null)],
]);
