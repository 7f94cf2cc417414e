import {once} from 'node:events';
import net from 'node:net';

import {relay} from './relay.mjs';

/** A proxy before servers: it passes each new connection on to the present `target`. */
export class Switch {
  #connections = new Set();
  /** Called before a connection is passed on; may change the target. */
  choose = () => {};

  static async open(target) {
    const made = new Switch();
    made.target = target;
    made.listener = net.createServer({noDelay: true}, (client) => made.#pass(client));
    made.listener.listen(0, '127.0.0.1');
    await once(made.listener, 'listening');
    made.url = `${new URL(target.url).protocol}//127.0.0.1:${made.listener.address().port}`;
    return made;
  }

  #pass(client) {
    this.choose();
    const server = net.connect({host: this.target.host, port: this.target.port, noDelay: true});
    relay(client, server, this.#connections);
  }

  close() {
    this.listener.close();
    for (const one of this.#connections) one.destroy();
  }
}
