// The HTTP API of a server, as another program uses it.
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import http from 'node:http';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {eventually} from './client.mjs';
import {check} from './matching.mjs';

export const keys = `# the keys of the cases
all      secret-of-all       publish,read,manage
shop     secret-of-the-shop  publish   # another program
watcher  secret-of-watcher   read
`;

/** A file of keys that a case may rewrite. */
export function keysFile(context, text = keys) {
  const folder = mkdtempSync(join(tmpdir(), 'bennu-keys-'));
  context.after(() => rmSync(folder, {recursive: true}));
  const path = join(folder, 'keys');
  const write = (next) => writeFileSync(path, next, {mode: 0o600});
  write(text);
  return {path, write};
}

/** The URL on the second line of a server's standard output. */
export async function adminOf(server) {
  let found = null;
  await eventually('a second line', () => (found = /^admin on (\S+)$/m.exec(server.stdout)) !== null);
  return found[1];
}

/** A client of the API with the secret of a key, on one connection that is kept. */
export class Api {
  #agent = new http.Agent({keepAlive: true, maxSockets: 1});

  constructor(url, secret = 'secret-of-all') {
    this.url = url;
    this.secret = secret;
  }

  as(secret) {
    return new Api(this.url, secret);
  }

  /** @returns the status, the header fields, and the body, as a value if it is JSON */
  ask(method, path, {body, type = 'application/json', headers = {}} = {}) {
    const bytes = body === undefined || Buffer.isBuffer(body) || typeof body === 'string' ? body : JSON.stringify(body);
    const all = {...headers};
    if (this.secret !== null) all.authorization = `Bearer ${this.secret}`;
    if (bytes !== undefined) all['content-length'] = Buffer.byteLength(bytes);
    if (bytes !== undefined && type !== null) all['content-type'] = type;
    return new Promise((resolve, reject) => {
      const request = http.request(`${this.url}${path}`, {method, headers: all, agent: this.#agent}, (response) => {
        let text = '';
        response.on('data', (part) => (text += part));
        response.on('end', () => {
          const isJson = /json/.test(response.headers['content-type'] ?? '');
          resolve({status: response.statusCode, headers: response.headers, body: isJson ? JSON.parse(text) : text});
        });
      });
      request.on('error', reject);
      request.end(bytes);
    });
  }

  get(path) {
    return this.ask('GET', path);
  }

  publish(topic, event, body, options = {}) {
    return this.ask('POST', `/v1/topics/${encodeURIComponent(topic)}/events/${encodeURIComponent(event)}`,
      {body, ...options});
  }

  /** Each page of a list, until the last. */
  async pages(path, name) {
    const all = [];
    let cursor = '';
    do {
      const {status, body} = await this.get(`${path}${path.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(cursor)}`);
      check(200, status);
      all.push(body[name]);
      ({cursor} = body);
    } while (cursor !== null);
    return all;
  }

  close() {
    this.#agent.destroy();
  }
}

/** A server with the API, and a client with all scopes. */
export async function serverWithApi(context, ...args) {
  const file = keysFile(context);
  const server = await context.start('--admin-port', '0', '--admin-keys', file.path, ...args);
  const api = new Api(await adminOf(server));
  context.after(() => api.close());
  return {server, api, file};
}

/** Checks that an answer is a problem document with this status. */
export function checkProblem(status, answer, where) {
  check([status, 'application/problem+json', answer.status, true],
    [answer.status, answer.headers['content-type'], answer.body.status, typeof answer.body.title === 'string'], where);
}
