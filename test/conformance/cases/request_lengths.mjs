import {area} from '../lib/cases.mjs';
import {parseResponse} from '../lib/http.mjs';
import {check} from '../lib/matching.mjs';
import {Tcp} from '../lib/tcp.mjs';

const test = area('request lengths', 'Where a request ends (RFC 9112, 6 and 7): nothing is smuggled behind it');

const second = 'GET /second HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
const post = (...headers) => ['POST /first HTTP/1.1', 'Host: a', ...headers, '', ''].join('\r\n');
const chunked = (body) => `${post('Transfer-Encoding: chunked')}${body}`;

/** The statuses of all that the server answers to these bytes, until it ends the connection. */
async function statusesOf({server, limitMs, after}, bytes) {
  const tcp = await Tcp.open(server);
  after(() => tcp.drop());
  tcp.write(Buffer.from(bytes, 'latin1'));
  const statuses = [];
  for (;;) {
    const response = await tcp.next(parseResponse('GET'), limitMs, 'an HTTP response, or the end of the connection');
    if (response === null) return statuses;
    statuses.push(response.status);
  }
}

const plain = [
  ['a length', `${post('Content-Length: 5')}hello`],
  ['a length of 0', post('Content-Length: 0')],
  ['no length', post()],
  ['a length with white space around it', `${post('Content-Length: \t5 ')}hello`],
  ['a length with zeros before it', `${post('Content-Length: 00005')}hello`],
  ['chunks', chunked('5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n')],
  ['chunks whose sizes are in capitals', chunked(`A\r\n${'x'.repeat(10)}\r\n0\r\n\r\n`)],
  ['chunks with extensions', chunked('5;name=value;other="quoted; \\" text"\r\nhello\r\n0;last\r\n\r\n')],
  ['chunks with trailers', chunked('5\r\nhello\r\n0\r\nX-Trailer: yes\r\n\r\n')],
  ['chunks with long extensions and trailers',
    chunked(`5;a=${'x'.repeat(10_000)}\r\nhello\r\n0\r\nX-Trailer: ${'x'.repeat(10_000)}\r\n\r\n`)],
  ['chunks whose name is in other letters', `${post('TRANSFER-ENCODING: Chunked')}0\r\n\r\n`],
];

for (const [title, bytes] of plain) {
  test(`${title}: the next request is the next request`, async (context) => {
    check([404, 404], await statusesOf(context, bytes + second));
  });
}

const refused = [
  ['two lengths that differ', `${post('Content-Length: 5', 'Content-Length: 6')}hello`],
  ['two lengths in one header that differ', `${post('Content-Length: 5, 6')}hello`],
  ['the same length twice', `${post('Content-Length: 5', 'Content-Length: 5')}hello`],
  ['the same length twice in one header', `${post('Content-Length: 5, 5')}hello`],
  ['a length and nothing in one header', `${post('Content-Length: 5,')}hello`],
  ['a value folded over two lines', post('X-A: b', ' c', 'Content-Length: 0')],
  ['a value folded with a tab', post('X-A: b', '\tc', 'Content-Length: 0')],
  ['a length folded over two lines', `${post('Content-Length:', ' 5')}hello`],
  ['a negative length', post('Content-Length: -1')],
  ['a length with a sign', `${post('Content-Length: +5')}hello`],
  ['a length in hexadecimal digits', `${post('Content-Length: 0x5')}hello`],
  ['two numbers', `${post('Content-Length: 5 5')}hello`],
  ['a length with a fraction', `${post('Content-Length: 5.0')}hello`],
  ['an empty length', post('Content-Length: ')],
  ['a length beyond 64 bits', post('Content-Length: 18446744073709551616')],
  ['a length that wraps around', post('Content-Length: 18446744073709551621')],
  ['chunks and a length', `${post('Transfer-Encoding: chunked', 'Content-Length: 5')}0\r\n\r\n`],
  ['a length and chunks', `${post('Content-Length: 5', 'Transfer-Encoding: chunked')}0\r\n\r\n`],
  ['chunks twice', `${post('Transfer-Encoding: chunked', 'Transfer-Encoding: chunked')}0\r\n\r\n`],
  ['chunks that are not last', `${post('Transfer-Encoding: chunked, gzip')}0\r\n\r\n`],
  ['a coding that there is not', `${post('Transfer-Encoding: xchunked')}0\r\n\r\n`],
  ['a coding that ends so', `${post('Transfer-Encoding: x-chunked')}0\r\n\r\n`],
  ['a header that announces no chunks', post('Transfer-Encoding: identity')],
  ['chunks behind a coding that there is not', `${post('Transfer-Encoding: gzip, chunked')}0\r\n\r\n`],
  ['chunks in HTTP/1.0', 'POST /first HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['a chunk with a negative size', chunked('-5\r\nhello\r\n0\r\n\r\n')],
  ['a chunk with a prefix', chunked('0x5\r\nhello\r\n0\r\n\r\n')],
  ['a chunk without a size', chunked('\r\nhello\r\n0\r\n\r\n')],
  ['a chunk whose size is none', chunked('five\r\nhello\r\n0\r\n\r\n')],
  ['a chunk beyond 64 bits', chunked('10000000000000005\r\nhello\r\n0\r\n\r\n')],
  ['a chunk that is longer than its size', chunked('5\r\nhello!\r\n0\r\n\r\n')],
  ['a chunk that ends with a line feed alone', chunked('5\r\nhello\n0\r\n\r\n')],
  ['a size that ends with a line feed alone', chunked('5\nhello\r\n0\r\n\r\n')],
  ['an extension of 100 KB', chunked(`1;${'x'.repeat(100_000)}`)],
  ['an extension of 100 KB behind a chunk', chunked(`5\r\nhello\r\n1;${'x'.repeat(100_000)}`)],
  ['a size of 100 KB of zeros', chunked('0'.repeat(100_000))],
  ['a trailer of 100 KB', chunked(`5\r\nhello\r\n0\r\nX-Trailer: ${'x'.repeat(100_000)}`)],
  ['a trailer of 70 KB, to its end', chunked(`0\r\nX-Trailer: ${'x'.repeat(70_000)}\r\n\r\n`)],
  ['100 KB of trailers', chunked(`5\r\nhello\r\n0\r\n${'X: y\r\n'.repeat(17_000)}`)],
  ['a space before a colon', `${post('Content-Length : 5')}hello`],
  ['a header that begins with a space', ['POST /first HTTP/1.1', ' Host: a', 'Content-Length: 0', '', ''].join('\r\n')],
  ['a line feed alone within a value', post('X-A: b\nContent-Length: 5')],
  ['a carriage return alone within a value', post('X-A: b\rContent-Length: 5')],
  ['a NUL within a value', post('X-A: b\0c')],
  ['a NUL within the target', 'GET /fir\0st HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['two spaces before the version', 'GET /first  HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['another protocol', 'GET /first HTPP/1.1\r\nHost: a\r\n\r\n'],
  ['a version that there is not', 'GET /first HTTP/1.12\r\nHost: a\r\n\r\n'],
  ['HTTP/2\'s preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
];

for (const [title, bytes] of refused) {
  test(`${title}: 400, and nothing more is heard`, async (context) => {
    check([400], await statusesOf(context, bytes + second));
  });
}
