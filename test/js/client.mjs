// The official client, with promises for its callbacks.
import {LongPoll, Presence, Socket} from 'phoenix';
import WebSocket from 'ws';

export {LongPoll, Presence, WebSocket};

/** A connected-on-demand client of the socket at `path`; `options` are those of phoenix's Socket. */
export function clientOf(url, path = '/socket', options = {}) {
  return new Socket(url.replace(/^http/, 'ws') + path, {transport: WebSocket, ...options});
}

/** The response to a push or a join; rejects with the response if its status is not `status`. */
export function response(push, status = 'ok') {
  return new Promise((resolve, reject) => {
    for (const got of ['ok', 'error', 'timeout']) {
      push.receive(got, (value) => {
        if (got === status) resolve(value);
        else reject(new Error(`expected ${status}, got ${got} ${JSON.stringify(value ?? null)}`));
      });
    }
  });
}

/** The payload of the next `event` on a channel. */
export function next(channel, event) {
  return new Promise((resolve) => {
    const ref = channel.on(event, (payload) => {
      channel.off(event, ref);
      resolve(payload);
    });
  });
}

/** Resolves when the client has closed its connection, and will not open it again. */
export function disconnected(socket) {
  return new Promise((resolve) => socket.disconnect(resolve));
}
