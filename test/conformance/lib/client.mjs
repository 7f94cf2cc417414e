// The official client, with promises for its callbacks.
import {Socket} from 'phoenix';
import WebSocket from 'ws';

import {Mismatch} from './matching.mjs';
import {scaled} from './time.mjs';

/** A client that is closed when the case is over; it comes back fast. */
export function officialClient(context, {url = context.server.url, path = '/socket', ...options} = {}) {
  const socket = new Socket(url.replace(/^http/, 'ws') + path, {
    transport: WebSocket,
    reconnectAfterMs: () => 20,
    rejoinAfterMs: () => 20,
    ...options,
  });
  context.after(() => socket.disconnect());
  return socket;
}

/** The answer to a push or a join; another status than the expected one is a mismatch. */
export function answer(push, wanted = 'ok') {
  return new Promise((resolve, reject) => {
    for (const status of ['ok', 'error', 'timeout']) {
      push.receive(status, (response) => {
        if (status === wanted) resolve(response);
        else reject(new Mismatch(`the status ${wanted}`, {status, response}));
      });
    }
  });
}

/** The payload of the channel's next event of this name. */
export function heard(channel, event) {
  return new Promise((resolve) => {
    const ref = channel.on(event, (payload) => {
      channel.off(event, ref);
      resolve(payload);
    });
  });
}

/** Resolves when `holds` does, which is asked again and again, and may answer later. */
export async function eventually(condition, holds, limitMs = 10_000) {
  const deadline = Date.now() + scaled(limitMs);
  while (!await holds()) {
    if (Date.now() > deadline) throw new Mismatch(condition, `not so after ${limitMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
