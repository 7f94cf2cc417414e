import assert from 'node:assert/strict';
import test from 'node:test';
import {fileURLToPath} from 'node:url';

import {breaches, exceptionsWithoutNeed, readTree} from './layers.mjs';

/** Includes `names` in a file at `path` of the given tree, and compares the breaches, without lines. */
function check(path, names, expected, others = {}) {
  const source = names.map((name) => `#include ${name}\n`).join('');
  const found = breaches(new Map([[path, source], ...Object.entries(others)]));
  assert.deepEqual(found.map((text) => text.slice(text.indexOf(': ') + 2)), expected);
}

test('the sources keep to the layers', () => {
  const tree = readTree(fileURLToPath(new URL('../..', import.meta.url)));
  assert.ok(tree.has('runtime/json.hpp') && tree.has('channels/token.cpp'), 'the sources were found');
  assert.deepEqual(breaches(tree), []);
});

test('every exception from a rule has a file that needs it', () => {
  assert.deepEqual(exceptionsWithoutNeed(readTree(fileURLToPath(new URL('../..', import.meta.url)))), []);
});

test('units do not include each other', () => {
  const found = (sources) => breaches(new Map(Object.entries(sources)));
  const include = (...paths) => paths.map((path) => `#include <bennu/${path}>\n`).join('');
  const breach = (units) => [`${units}: units must not include each other`];
  assert.deepEqual(found({
    'runtime/a.hpp': '', 'runtime/a.cpp': include('runtime/a.hpp', 'runtime/b.hpp'), 'runtime/b.hpp': include('runtime/c.hpp'),
    'runtime/c.hpp': '',
  }), []);
  assert.deepEqual(found({
    'runtime/a.hpp': '', 'runtime/a.cpp': include('runtime/b.hpp'), 'runtime/b.hpp': include('runtime/a.hpp'),
  }), breach('runtime/a, runtime/b'), 'a header includes what its own source includes back');
  assert.deepEqual(found({
    'runtime/a.hpp': include('runtime/b.hpp'), 'runtime/b.hpp': include('runtime/c.hpp'), 'runtime/c.hpp': include('runtime/a.hpp'),
  }), breach('runtime/a, runtime/b, runtime/c'), 'by way of others');
});

test('a mutex is in a guarded value', () => {
  const found = (line) => breaches(new Map([['channels/a.cpp', line]]));
  const breach = ['channels/a.cpp:1: a mutex of its own guards nothing: use guarded<T>'];
  assert.deepEqual(found('std::mutex mutex_;'), breach);
  assert.deepEqual(found('mutable std::shared_mutex mutex_;'), breach);
  for (const type of ['std::recursive_timed_mutex', 'std::shared_timed_mutex', 'pthread_mutex_t']) {
    assert.deepEqual(found(`${type} lock_;`), breach, type);
  }
  assert.deepEqual(found('#include <shared_mutex>'), []);
  assert.deepEqual(found('guarded<std::map<int, int>, std::shared_mutex> map_;'), []);
  assert.deepEqual(found('// std::mutex is not for us'), []);
});

test("CAF's internals are not touched", () => {
  const found = (line) => breaches(new Map([['channels/a.cpp', line]]));
  const breach = ["channels/a.cpp:1: caf::detail is CAF's own"];
  assert.deepEqual(found('class a : public caf::detail::private_thread {};'), breach);
  assert.deepEqual(found('#include <caf/detail/private_thread.hpp>'), breach);
  assert.deepEqual(found('using namespace caf;'), breach, 'after it, a line names detail::private_thread alone');
  assert.deepEqual(found('namespace actors = caf;'), breach);
  assert.deepEqual(found('using namespace bennu;'), []);
});

test('an include along the arrows is fine', () => {
  check('runtime/a.cpp', ['<vector>', '<caf/actor.hpp>', '<bennu/runtime/json.hpp>'], []);
  check('pubsub/a.hpp', ['<bennu/runtime/json.hpp>', '<bennu/pubsub/broadcast.hpp>'], []);
  check('transport/a.cpp', ['<bennu/runtime/json.hpp>', '<bennu/transport/internal/utf8.hpp>'], []);
  check('channels/a.hpp', ['<bennu/pubsub/pubsub.hpp>', '<bennu/transport/frame.hpp>'], []);
  check('apps/chat/main.cpp', ['<bennu/channels/channel.hpp>', '"room_channel.hpp"'], []);
});

test('an include against the arrows is a breach', () => {
  check('runtime/a.cpp', ['<bennu/pubsub/pubsub.hpp>'], ['bennu/pubsub/pubsub.hpp: runtime must not know pubsub']);
  check('transport/a.cpp', ['<bennu/channels/a.hpp>'], ['bennu/channels/a.hpp: transport must not know channels']);
  check('channels/a.cpp', ['<bennu/apps/a.hpp>'], ['bennu/apps/a.hpp: channels must not know apps']);
});

test("Redis's client stays in the sources and internal headers of its adapter", () => {
  check('pubsub/redis_adapter/a.cpp', ['<hiredis/hiredis.h>'], []);
  check('pubsub/redis_adapter/internal/a.hpp', ['<hiredis/hiredis.h>'], []);
  const breach = ['hiredis/hiredis.h: hiredis must not be seen here'];
  check('pubsub/redis_adapter/a.hpp', ['<hiredis/hiredis.h>'], breach);
  check('pubsub/pubsub.cpp', ['<hiredis/hiredis.h>'], breach);
});

test('the client for HTTP stays in the sources and internal headers of tokens', () => {
  check('channels/jwt/internal/a.cpp', ['<curl/curl.h>'], []);
  const breach = ['curl/curl.h: curl must not be seen here'];
  check('channels/jwt/a.hpp', ['<curl/curl.h>'], breach);
  check('channels/token.cpp', ['<curl/curl.h>'], breach);
});

test("CAF's network stays in the sources and internal headers of its adapter", () => {
  check('pubsub/remote_actors/a.cpp', ['<caf/io/middleman.hpp>'], []);
  check('pubsub/remote_actors/internal/a.hpp', ['<caf/io/middleman.hpp>'], []);
  const breach = ['caf/io/middleman.hpp: caf/io must not be seen here'];
  check('pubsub/remote_actors/a.hpp', ['<caf/io/middleman.hpp>'], breach);
  check('runtime/system.cpp', ['<caf/io/middleman.hpp>'], breach);
});

test('a type is defined in one header', () => {
  const text = 'namespace bennu {\n\nstruct peer {\n};\n\n}\n';
  const once = new Map([['pubsub/internal/peer.hpp', text]]);
  assert.deepEqual(breaches(once), []);
  const twice = new Map([...once, ['transport/internal/peer.hpp', text]]);
  assert.deepEqual(breaches(twice), ['transport/internal/peer.hpp: bennu::peer: pubsub/internal/peer.hpp defines it too']);
});

test('pubsub and transport do not know each other', () => {
  check('pubsub/a.cpp', ['<bennu/transport/frame.hpp>'], ['bennu/transport/frame.hpp: pubsub must not know transport']);
  check('transport/a.cpp', ['<bennu/pubsub/a.hpp>'], ['bennu/pubsub/a.hpp: transport must not know pubsub']);
});

test('a path in quotes does not get around the rules', () => {
  const spelling = 'a header of a layer is included as <bennu/layer/file.hpp>';
  check('runtime/a.cpp', ['"json.hpp"'], [`json.hpp: ${spelling}`]);
  check('pubsub/a.cpp', ['"../transport/uri.hpp"'], [
    `../transport/uri.hpp: ${spelling}`,
    '../transport/uri.hpp: pubsub must not know transport',
  ]);
  check('apps/chat/main.cpp', ['"../../transport/uri.hpp"'], [`../../transport/uri.hpp: ${spelling}`]);
});

test('Boost is seen only in the sources and internal headers of transport', () => {
  check('transport/server.cpp', ['<boost/asio.hpp>'], []);
  check('transport/internal/listener.hpp', ['<boost/asio.hpp>'], []);
  const breach = ['boost/asio.hpp: boost must not be seen here'];
  check('transport/server.hpp', ['<boost/asio.hpp>'], breach);
  check('runtime/event_loop.cpp', ['<boost/asio.hpp>'], breach);
  check('channels/internal/a.hpp', ['<boost/asio.hpp>'], breach);
  check('apps/load/main.cpp', ['<boost/asio.hpp>'], breach);
});

test('RapidJSON is seen only behind the JSON value', () => {
  check('runtime/json_parse.cpp', ['<rapidjson/reader.h>'], []);
  const breach = ['rapidjson/reader.h: rapidjson must not be seen here'];
  check('runtime/json.hpp', ['<rapidjson/reader.h>'], breach);
  check('channels/a.cpp', ['"rapidjson/reader.h"'], [
    ...breach,
    'rapidjson/reader.h: a header of a layer is included as <bennu/layer/file.hpp>',
  ]);
});

test('an internal header is for the sources of its own layer', () => {
  const utf8 = '<bennu/transport/internal/utf8.hpp>';
  check('transport/frame.cpp', [utf8], []);
  check('transport/internal/a.hpp', [utf8], []);
  check('transport/frame.hpp', [utf8], [
    'bennu/transport/internal/utf8.hpp: a public header must not include an internal one',
  ]);
  const breach = ['bennu/transport/internal/utf8.hpp: an internal header is for transport alone'];
  check('channels/a.cpp', [utf8], breach);
  check('apps/chat/main.cpp', [utf8], breach);
});

test('a public header of channels does not include CAF, directly or indirectly', () => {
  const others = {
    'runtime/system.hpp': '#include <bennu/runtime/host.hpp>\n',
    'runtime/host.hpp': '#include <caf/actor.hpp>\n',
  };
  check('channels/channel.hpp', ['<caf/actor.hpp>'], [
    'CAF must not be seen here, but channels/channel.hpp -> caf/actor.hpp',
  ]);
  check('channels/channel.hpp', ['<bennu/runtime/system.hpp>'], [
    'CAF must not be seen here, but channels/channel.hpp -> runtime/system.hpp -> runtime/host.hpp -> caf/actor.hpp',
  ], others);
  check('channels/caf.hpp', ['<bennu/runtime/system.hpp>'], [], others);
  check('channels/typed_channel.hpp', ['<caf/actor.hpp>'], []);
  check('channels/internal/channel_actor.hpp', ['<caf/actor.hpp>'], []);
  check('channels/channel.cpp', ['<bennu/runtime/system.hpp>'], [], others);
});

test('an include in a comment does not count', () => {
  check('runtime/a.cpp', [], [], {'runtime/b.hpp': '/// #include <boost/asio.hpp>\n  // #include <rapidjson/reader.h>\n'});
});
