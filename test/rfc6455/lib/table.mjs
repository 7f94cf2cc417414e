// The tables of cases. A case is a row. The function that takes the table defines the kind of its rows.
import {setImmediate as nextTurn} from 'node:timers/promises';

import {check, Pattern} from '../../conformance/lib/matching.mjs';
import {exchange, upgradeRequest} from '../../conformance/lib/websocket.mjs';
import * as answers from './answers.mjs';
import {Client} from './client.mjs';
import {ping} from './frames.mjs';

/** All cases, in the order of their tables: {section, title, says, play}. */
export const cases = [];

/** Writes to this size are also sent byte by byte. */
const mostBytesOneByOne = 600;

async function write(client, input, oneByOne) {
  for (const packet of [input].flat()) {
    if (!oneByOne) client.write(packet);
    else for (let i = 0; i < packet.length; i += 1) client.write(packet.subarray(i, i + 1));
    await nextTurn();
  }
}

/** The answers come in this order. Then the connection ends if the last one requires it, and else is alive. */
async function expectAll(client, expected) {
  for (const one of expected) check(one, await client.next(one.says));
  if (expected.at(-1)?.ends) return check({end: true}, await client.next('the end of the connection'), 'after the close frame');
  client.write(ping('alive?'));
  return check(answers.pong('alive?'), await client.next('pong'), 'whether the connection is alive');
}

async function playFrames(server, path, headers, input, expected, limitMs) {
  const size = [input].flat().reduce((all, packet) => all + packet.length, 0);
  for (const oneByOne of size > 0 && size <= mostBytesOneByOne ? [false, true] : [false]) {
    const client = await Client.open(server, path, {headers, limitMs});
    try {
      await write(client, input, oneByOne);
      await expectAll(client, expected);
    } catch (error) {
      if (oneByOne) error.message = `byte by byte: ${error.message}`;
      throw error;
    } finally {
      client.tcp.drop();
    }
  }
}

/**
 * Adds cases that send frames: [title, what is sent, what the server answers]. What is sent is bytes, or a list of
 * packets; short ones are sent once more byte by byte, for a server must not care.
 *
 * @param {string} section the section of the RFC
 */
export function frames(section, about, rows, {path = '/echo/websocket', headers} = {}) {
  for (const [title, input, ...expected] of rows) {
    const says = expected.length > 0 ? expected.map((one) => one.says).join(', ') : 'no answer, stays open';
    cases.push({section, about, title, says,
      play: (server, limitMs) => playFrames(server, path, headers, input, expected, limitMs)});
  }
}

/** The expected response to a handshake: its status, and some of its headers; null means that a header is absent. */
export function answersWith(status, headers = {}) {
  const list = Object.entries(headers).map(([name, value]) => (value === null ? `no ${name}` : `${name}: ${value instanceof Pattern ? value.says : value}`));
  return {
    says: [status, ...list].join(', '),
    check(response) {
      check(status, response?.status ?? null, 'the status');
      for (const [name, value] of Object.entries(headers)) check(value, response.headers[name] ?? null, `the header ${name}`);
    },
  };
}

/**
 * Adds cases that ask for a WebSocket: [title, {path, method, headers, version, behind}, the answer, what the server
 * answers to the frames behind the request]. A header of null is left out; one that is a list is written once a value.
 */
export function handshakes(section, about, rows) {
  for (const [title, {path = '/echo/websocket', method = 'GET', headers = {}, version = 'HTTP/1.1', behind = Buffer.alloc(0)},
    answer, ...expected] of rows) {
    const play = async (server, limitMs) => {
      const request = upgradeRequest(server, path, headers, method).toString('latin1').replace('HTTP/1.1', version);
      const {response, tcp} = await exchange(server, Buffer.concat([Buffer.from(request, 'latin1'), behind]), {method, limitMs});
      try {
        answer.check(response);
        if (response?.status === 101) await expectAll(new Client(tcp, response, limitMs), expected);
      } finally {
        tcp.drop();
      }
    };
    cases.push({section, about, title, says: answer.says, play});
  }
}
