import {area} from '../lib/cases.mjs';
import {crashed, join, notJoined, ok, reply} from '../lib/messages.mjs';
import {from, to, transcripts} from '../lib/transcript.mjs';

const test = area('dispatch', 'Heartbeats, routing, topics that are not joined (socket.ex, handle_in)');

const joins = (topic) => [to(join(topic)), from(reply('1', '1', topic))];
const isUnmatched = (topic) => [to(join(topic)), from(notJoined('1', topic))];

/** Values in the place of a text. */
const otherJson = [null, true, 7, 1.5, ['room:a'], {room: 'a'}];

transcripts(test, [
  ['a heartbeat with any payload is answered', () => [{}, null, [], 'x', {a: 1}].flatMap((payload) => [
    to(null, 'h', 'phoenix', 'heartbeat', payload), from(reply(null, 'h', 'phoenix')),
  ])],
  ['fifty heartbeats sent together are answered in order', () => {
    const refs = Array.from({length: 50}, (_, i) => `${i}`);
    return [...refs.map((ref) => to(null, ref, 'phoenix', 'heartbeat', {})),
      ...refs.map((ref) => from(reply(null, ref, 'phoenix')))];
  }],
  ['the topic phoenix knows nothing but heartbeats', () => [
    ...['phx_join', 'Heartbeat', 'heartbeat ', '', 'phx_reply'].flatMap((event) => [
      to('1', '2', 'phoenix', event, {}), from(notJoined('2', 'phoenix')),
    ]),
    to('1', '3', 'phoenix', 'phx_leave', {}), from(reply('1', '3', 'phoenix')),
  ]],
  ['a heartbeat on another topic is an event like any other', (room) => [
    to(null, '1', room, 'heartbeat', {}), from(notJoined('1', room)),
    ...joins(room),
    to('1', '2', room, 'heartbeat', {}), from(crashed('1', room)),
  ]],

  ['a route that ends with a star takes every topic that begins so', (room) => [
    'room:', `${room}:more`, `${room}*`, 'room:*', 'room: ', `room:\u0000${room}`, `${room}/é🚀"\\`,
    `room:${'x'.repeat(300)}`,
  ].flatMap(joins)],
  ['no other topic matches', () => [
    '', 'room', 'ROOM:a', 'Room:a', ' room:a', 'xroom:a', 'roo', 'room;a', 'nowhere', 'nowhere:room:a', '*', 'room*',
    'phoenix', 'node',
  ].flatMap(isUnmatched)],
  ['a route without a star takes that topic alone', () => [
    ...joins('audit'), ...['audit:', 'audit:a', 'audi', 'audit ', 'Audit', 'audit*'].flatMap(isUnmatched),
    to('1', '2', 'audit', 'phx_leave', {}), from(reply('1', '2', 'audit')), from('1', '1', 'audit', 'phx_close', {}),
  ]],

  ['a push to a topic that is not joined is answered "unmatched topic"', (room) => [
    to('1', '2', room, 'echo', {}), from(notJoined('2', room)),
    to(null, '3', room, 'echo', {}), from(notJoined('3', room)),
    to('1', '4', 'nowhere', 'echo', null), from(notJoined('4', 'nowhere')),
  ]],
  ['a leave of a topic that is not joined is ok, even if no class would match',
    (room) => [room, 'nowhere', 'room:deny', 'phoenix', ''].flatMap((topic) => [
    to('1', '2', topic, 'phx_leave', {}), from(reply('1', '2', topic)),
  ])],
  ['a topic that is no text matches nothing, and comes back as it was', () => otherJson.flatMap((topic) => [
    to('1', '2', topic, 'phx_join', {}), from(notJoined('2', topic)),
    to('1', '3', topic, 'echo', {}), from(notJoined('3', topic)),
    to('1', '4', topic, 'phx_leave', {}), from(reply('1', '4', topic)),
    to('1', '5', topic, 'heartbeat', {}), from(notJoined('5', topic)),
  ])],
  ['an event that is no text is no join, leave or heartbeat',
    (room) => [null, true, 7, ['phx_join'], {}].flatMap((event) => [
    to('1', '2', room, event, {}), from(notJoined('2', room)),
    to('1', '3', 'phoenix', event, {}), from(notJoined('3', 'phoenix')),
  ])],
  ['an event that is no text crashes the channel, which has no clause for it',
    (room) => [null, true, 7, ['echo'], {echo: 1}].flatMap((event, i) => [
    to(join(`${room}:${i}`)), from(reply('1', '1', `${room}:${i}`)),
    to('1', '2', `${room}:${i}`, event, {}), from(crashed('1', `${room}:${i}`)),
  ])],
  ['phx_close, phx_error and phx_reply from a client are events like any other',
    (room) => ['phx_close', 'phx_error', 'phx_reply', 'phx_join2', 'PHX_LEAVE', ''].flatMap((event) => [
    to(join(`${room}:${event}`)), from(reply('1', '1', `${room}:${event}`)),
    to('1', '2', `${room}:${event}`, event, {}), from(crashed('1', `${room}:${event}`)),
  ])],
  ['the topic audit handles no event', () => [
    ...joins('audit'), to('1', '2', 'audit', 'echo', {}), from(crashed('1', 'audit')),
  ]],
  ['one connection has one channel for each topic, and each its own state', (room) => [
    ...['a', 'b', 'c'].flatMap((name) => [
      to(join(`${room}:${name}`, {}, name)), from(reply(name, name, `${room}:${name}`)),
      to(name, '1', `${room}:${name}`, 'assign', {key: 'name', value: name}), from(reply(name, '1', `${room}:${name}`)),
    ]),
    ...['a', 'b', 'c'].flatMap((name) => [
      to(name, '2', `${room}:${name}`, 'assigns', {}), from(reply(name, '2', `${room}:${name}`, ok({name}))),
    ]),
  ]],
]);
