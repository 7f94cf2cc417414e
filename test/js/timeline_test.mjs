import assert from 'node:assert/strict';
import {test} from 'node:test';

import {Timeline} from '../../apps/chat/www/timeline.js';

const message = (run, number) => ({run, number, id: `${run}${number}`, name: 'Ana', body: 'hello', at: 0});
const messages = (run, ...numbers) => numbers.map((number) => message(run, number));

/** Its messages as "a1", its notes by their first word. */
const shown = ({entries}) => entries.map(({id, note}) => id ?? note.split(' ')[0]);

test('messages of one server stand in the order of their numbers, each once', () => {
  const timeline = new Timeline();
  timeline.merge('a', messages('a', 1, 2));
  for (const number of [5, 3, 4, 3, 1]) timeline.add(message('a', number));
  assert.deepEqual(shown(timeline), ['a1', 'a2', 'a3', 'a4', 'a5']);
});

test('messages of other servers stay in the order of arrival, with any numbers', () => {
  const timeline = new Timeline();
  timeline.merge('a', messages('a', 7, 8));
  assert.ok(timeline.add(message('b', 2)));
  for (const [run, number] of [['a', 9], ['c', 30], ['b', 3], ['a', 11], ['b', 4], ['a', 10]]) {
    timeline.add(message(run, number));
  }
  assert.deepEqual(shown(timeline), ['a7', 'a8', 'b2', 'a9', 'c30', 'b3', 'a10', 'a11', 'b4']);
});

test('missed messages are noted also if messages of others came last', () => {
  const timeline = new Timeline();
  timeline.merge('a', messages('a', 1, 2));
  timeline.add(message('b', 40));
  timeline.merge('a', messages('a', 5, 6));
  assert.deepEqual(shown(timeline), ['a1', 'a2', 'b40', '2', 'a5', 'a6']);
});

test('nothing was missed if a list continues the known messages', () => {
  const timeline = new Timeline();
  timeline.merge('a', messages('a', 1, 2));
  timeline.add(message('b', 40));
  timeline.merge('a', messages('a', 2, 3));
  timeline.merge('a', []);
  assert.deepEqual(shown(timeline), ['a1', 'a2', 'b40', 'a3']);
});

test('each change to another server is noted, there and back; its messages are put in their places', () => {
  const timeline = new Timeline();
  timeline.merge('a', messages('a', 1));
  timeline.add(message('b', 8));
  timeline.merge('b', messages('b', 7, 8, 9));
  timeline.add(message('a', 2));
  timeline.merge('a', messages('a', 1, 2, 3));
  assert.deepEqual(shown(timeline), ['a1', 'b7', 'b8', 'You', 'b9', 'a2', 'You', 'a3']);
});
