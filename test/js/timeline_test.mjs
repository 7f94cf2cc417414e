import assert from 'node:assert/strict';
import {test} from 'node:test';

import {Timeline} from '../../apps/chat/www/timeline.js';

const message = (n) => ({id: `m${n}`, name: 'Ana', body: 'hello', at: 0});

test('messages and notes stand in the order of their arrival', () => {
  const timeline = new Timeline();
  timeline.add(message(1));
  timeline.note('Messages may be missing here.');
  timeline.add(message(2));
  assert.deepEqual(timeline.entries.map(({id, note}) => id ?? note), ['m1', 'Messages may be missing here.', 'm2']);
});

test('each entry has a key of its own', () => {
  const timeline = new Timeline();
  for (const name of ['Ana', 'Boris']) timeline.add({...message(1), name});
  for (let i = 0; i < 2; ++i) timeline.note('Messages may be missing here.');
  assert.equal(new Set(timeline.entries.map(({key}) => key)).size, 4);
});

test('the oldest entries make room', () => {
  const timeline = new Timeline();
  for (let n = 1; n <= 501; ++n) timeline.add(message(n));
  assert.deepEqual([timeline.entries.length, timeline.entries[0].id], [500, 'm2']);
});
