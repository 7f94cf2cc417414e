#!/usr/bin/env node
// Opens many WebSockets, each of which joins a room: node crowd.mjs HOST PORT TLS COUNT ROOM. It reports when all have
// joined, and stays until it is killed: then all of them vanish at once.
import {join} from './messages.mjs';
import {clientFrame, opcodes, parseServerFrame} from './websocket_frame.mjs';
import {exchange, upgradeRequest} from './websocket.mjs';

const [host, port, tls, count, room] = process.argv.slice(2);
const server = {host, port: Number(port), tls: tls === 'true'};
const frame = clientFrame(opcodes.text, JSON.stringify(join(room)));

async function member() {
  const {response, tcp} = await exchange(server, upgradeRequest(server, '/socket/websocket?vsn=2.0.0'));
  if (response?.status !== 101) throw new Error(`status ${response?.status}`);
  tcp.write(frame);
  await tcp.next(parseServerFrame);
}

let left = Number(count);
await Promise.all(Array.from({length: 50}, async () => {
  while (left > 0) {
    left -= 1;
    await member();
  }
}));
console.log('joined');
setInterval(() => {}, 1_000_000);
