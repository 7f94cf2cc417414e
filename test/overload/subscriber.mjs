// A client that costs little: it counts messages, and measures their age.
import net from 'node:net';

import {upgradeRequest} from '../conformance/lib/websocket.mjs';
import {clientFrame, opcodes} from '../conformance/lib/websocket_frame.mjs';

const clock = () => performance.timeOrigin + performance.now();

/** The place of a broadcast's time: `"at":1764038400000.12,` The answer to a join has a position there, a text. */
const stamp = Buffer.from('"at":1');

export class Subscriber {
  received = 0;
  missed = 0;  // as the server told
  closedWith = null;
  #rest = null;

  static open(server, topic, ages) {
    return new Promise((resolve, reject) => {
      const made = new Subscriber(server, topic, ages, resolve);
      made.socket.on('error', (error) => (made.isJoined ? made.#end() : reject(error)));
    });
  }

  constructor(server, topic, ages, onJoined) {
    Object.assign(this, {topic, ages, onJoined, isJoined: false, isOpen: true});
    this.socket = net.connect({host: server.host, port: server.port, noDelay: true});
    this.socket.on('connect', () => {
      this.socket.write(upgradeRequest(server, '/socket/websocket?vsn=2.0.0'));
      this.send(['1', '1', topic, 'phx_join', {history: {}}]);  // counts for the feed that keeps history
    });
    this.socket.on('data', (bytes) => this.#receive(bytes));
    this.socket.on('close', () => this.#end());
  }

  send(message) {
    this.socket.write(clientFrame(opcodes.text, JSON.stringify(message)));
  }

  beat() {
    if (this.isOpen) this.send([null, 'beat', 'phoenix', 'heartbeat', {}]);
  }

  say(payload) {
    this.send(['1', null, this.topic, 'say', {at: clock(), ...payload}]);
  }

  /** True if it received all messages, if the server reported the missed ones, or if it was disconnected. */
  hasCaughtUp(said) {
    return !this.isOpen || this.received + this.missed === said;
  }

  stopReading() {
    this.socket.pause();
  }

  resumeReading() {
    this.socket.resume();
  }

  close() {
    this.socket.destroy();
  }

  #end() {
    this.isOpen = false;
  }

  #receive(bytes) {
    const all = this.#rest === null ? bytes : Buffer.concat([this.#rest, bytes]);
    let at = this.isUpgraded ? 0 : all.indexOf('\r\n\r\n') + 4;
    if (!this.isUpgraded && at < 4) {
      this.#rest = all;
      return;
    }
    this.isUpgraded = true;
    for (;;) {
      if (all.length < at + 4) break;
      const code = all[at + 1];
      const header = code === 127 ? 10 : code === 126 ? 4 : 2;
      if (all.length < at + header) break;
      const size = code === 127 ? Number(all.readBigUInt64BE(at + 2)) : code === 126 ? all.readUInt16BE(at + 2) : code;
      if (all.length < at + header + size) break;
      this.#take(all[at] & 15, all, at + header, at + header + size);
      at += header + size;
    }
    this.#rest = at === all.length ? null : all.subarray(at);
  }

  #take(opcode, bytes, begin, end) {
    if (opcode === opcodes.close) {
      this.closedWith = bytes.readUInt16BE(begin);
      return;
    }
    const found = bytes.indexOf(stamp, begin);
    if (found >= 0 && found < end) {
      this.received += 1;
      this.ages?.push(clock() - parseFloat(bytes.toString('latin1', found + stamp.length - 1, found + stamp.length + 19)));
      return;
    }
    const [, , , event, payload] = JSON.parse(bytes.toString('utf8', begin, end));
    if (event === 'missed') this.missed += payload.count;
    if (event === 'phx_reply' && !this.isJoined) {
      this.isJoined = true;
      this.onJoined(this);
    }
  }
}
