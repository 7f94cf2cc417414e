// A client of one topic that reads and writes text as it is, without JSON.parse: JavaScript's numbers have 53 bits, and
// its objects have each name once.
import {WebSocket} from '../../js/client.mjs';
import {eventually} from './eventually.mjs';

export class RawClient {
  frames = [];

  /** @returns a client that has joined */
  static async connect(node, topic) {
    const client = new RawClient();
    client.topic = topic;
    client.socket = new WebSocket(`${node.url.replace('http', 'ws')}/socket/websocket?vsn=2.0.0`);
    client.socket.on('message', (data) => client.frames.push(data.toString()));
    client.socket.on('open', () => client.socket.send(JSON.stringify(['1', '1', topic, 'phx_join', {}])));
    await client.next('phx_reply');
    return client;
  }

  /** @param payload JSON text */
  push(event, payload) {
    this.socket.send(`["1",null,${JSON.stringify(this.topic)},"${event}",${payload}]`);
  }

  /** Waits for a frame of an event. @returns its text */
  async next(event) {
    const isIt = (frame) => JSON.parse(frame)[3] === event;
    await eventually(`${event} has arrived`, () => this.frames.some(isIt));
    return this.frames.find(isIt);
  }

  close() {
    this.socket.terminate();
  }
}
