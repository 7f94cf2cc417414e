// A TCP connection, with TLS if the server uses it, from which a case reads expected data piece by piece.
import net from 'node:net';

import {Mismatch, show} from './matching.mjs';
import {scaled} from './time.mjs';
import {encrypt} from './tls.mjs';

export class Tcp {
  #bytes = Buffer.alloc(0);
  #ended = false;
  #wake = () => {};

  /**
   * @param {{host: string, port: number, tls: boolean}} server
   * @param tlsOptions for node's tls.connect
   */
  static open(server, tlsOptions) {
    return new Promise((resolve, reject) => {
      const plain = net.connect({host: server.host, port: server.port, noDelay: true});
      const socket = server.tls ? encrypt(plain, server.host, tlsOptions) : plain;
      socket.once('error', (error) => reject(new Mismatch('a connection', error.code)));
      socket.once(server.tls ? 'secureConnect' : 'connect', () => resolve(new Tcp(socket, plain)));
    });
  }

  constructor(socket, plain = socket) {
    this.socket = socket;
    this.plain = plain;
    const end = () => {
      this.#ended = true;
      this.#wake();
    };
    socket.removeAllListeners('error');
    socket.on('error', end);
    socket.on('end', end);
    socket.on('close', end);
    socket.on('data', (bytes) => {
      this.#bytes = Buffer.concat([this.#bytes, bytes]);
      this.#wake();
    });
  }

  write(bytes) {
    if (!this.socket.destroyed) this.socket.write(bytes);
  }

  /** Ends this side of the connection, and goes on reading. */
  hangUp() {
    this.socket.end();
  }

  /** Goes away without a word: the peer sees the connection end, or be reset. */
  drop() {
    this.socket.destroy();
  }

  /** Goes away with a reset. */
  reset() {
    this.plain.resetAndDestroy();
  }

  /**
   * The next thing that `parse` finds in the bytes that came.
   *
   * @param parse takes the bytes, and true if they are the last; returns `{value, size}`, or nothing if it needs more
   * @param {number} limitMs the time after which it rejects
   * @returns the value, or null if the stream ended first
   */
  async next(parse, limitMs = Infinity, expected = 'more bytes') {
    const timeout = limitMs === Infinity ? null : setTimeout(() => this.#wake(), scaled(limitMs));
    const deadline = Date.now() + scaled(limitMs);
    try {
      for (;;) {
        const found = parse(this.#bytes, this.#ended);
        if (found) {
          this.#bytes = this.#bytes.subarray(found.size);
          return found.value;
        }
        if (this.#ended) return null;
        if (Date.now() >= deadline) {
          throw new Mismatch(expected,
            `nothing in ${limitMs} ms${this.#bytes.length ? `; there is: ${show(this.#bytes)}` : ''}`);
        }
        await new Promise((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      clearTimeout(timeout);
    }
  }

  /** Resolves when the peer has ended the stream, after any data. */
  async ended(limitMs) {
    await this.next(() => undefined, limitMs, 'the end of the connection');
  }
}
