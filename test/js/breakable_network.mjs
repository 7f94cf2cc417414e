// A network between clients and a server, which a test can break.
import {once} from 'node:events';
import net from 'node:net';

import {relay} from '../conformance/lib/relay.mjs';

export class BreakableNetwork {
  #connections = new Set();
  #listener;
  #isBroken = false;

  /** @param url of the server; `target` may be set to another one's later */
  static async to(url) {
    const made = new BreakableNetwork();
    made.target = url;
    made.#listener = net.createServer({noDelay: true}, (client) => made.#pass(client));
    made.#listener.listen(0, '127.0.0.1');
    await once(made.#listener, 'listening');
    made.url = `http://127.0.0.1:${made.#listener.address().port}`;
    return made;
  }

  #pass(client) {
    if (this.#isBroken) return client.resetAndDestroy();
    const {hostname, port} = new URL(this.target);
    const server = net.connect({host: hostname, port, noDelay: true});
    relay(client, server, this.#connections);
  }

  /** Resets all connections: bytes that are under way are lost. New connections are accepted. */
  cut() {
    for (const one of this.#connections) one.resetAndDestroy();
  }

  /** Cuts all connections, and refuses new ones until `mend`. */
  break() {
    this.#isBroken = true;
    this.cut();
  }

  mend() {
    this.#isBroken = false;
  }

  async close() {
    this.cut();
    this.#listener.close();
    await once(this.#listener, 'close');
  }
}
