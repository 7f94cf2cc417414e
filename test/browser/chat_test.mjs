import assert from 'node:assert/strict';
import {once} from 'node:events';
import {after, before, test} from 'node:test';

import {BreakableNetwork} from '../js/breakable_network.mjs';
import {startProgram} from '../js/program.mjs';
import {openPage, phone, picture, startBrowser} from './browser.mjs';
import {Visitor} from './visitor.mjs';

let browser;
let server;
before(async () => {
  server = await startProgram('chat');
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** A visitor of the test's server. */
const enter = (...args) => Visitor.enter(browser, server.url, ...args);

/** Waits until the result of `read` equals `expected`. Fails with the difference otherwise. */
async function becomes(read, expected) {
  for (const end = Date.now() + 10_000; Date.now() < end;) {
    try {
      return assert.deepEqual(await read(), expected);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  assert.deepEqual(await read(), expected);
}

test('people in a room see each other, the messages, and who is typing', async () => {
  const ana = await enter('Ana', 'lobby');
  const boris = await enter('Boris', 'lobby', phone);
  const dee = await enter('Dee', 'lobby');
  await becomes(() => ana.texts('#people .name'), ['Ana', 'Boris', 'Dee']);
  await becomes(() => boris.texts('#people .name'), ['Boris', 'Ana', 'Dee']);

  await ana.say('Good morning! Who wants to walk to the river before lunch?');
  await ana.say('The herons are back.');
  await boris.sees('.message:not(.mine) .body', 'The herons are back.');
  await boris.say('Me, if it stops raining.');
  await ana.sees('.message:not(.mine) .body', 'Me, if it stops raining.');
  await dee.say('I saw two of them near the old bridge, on one leg each: https://example.org/herons');
  await ana.say('Then at eleven, at the gate.\nBring boots!');
  await boris.sees('.body', 'Bring boots!');

  await boris.page.locator('#draft').pressSequentially('It has');
  await ana.sees('#typing', 'Boris is typing');
  await ana.page.locator('#people li', {hasText: 'Boris'}).getByLabel('is typing').waitFor();
  await picture(ana.page, 'chat-desktop');
  await picture(boris.page, 'chat-phone');
  await boris.say('It has.');
  await ana.page.locator('#typing:empty').waitFor({state: 'attached'});

  const late = await enter('Zoe', 'lobby');
  await becomes(() => late.texts('.body'), await ana.texts('.body'));
  await Promise.all([ana, boris, dee, late].map((one) => one.leave()));
});

test('a visitor with two windows is listed once, and the page shows when typing stops', async () => {
  const ana = await enter('Ana', 'windows', phone);
  const boris = await enter('Boris', 'windows');
  const again = await enter('Boris', 'windows');
  await becomes(() => ana.texts('#people li .who-is-it'), ['Anayou', 'Boris2 windows']);
  const others = await Promise.all(['Dee', 'Zoe'].map((name) => enter(name, 'windows')));
  await becomes(() => ana.texts('#who > *'), ['A', 'B', '+2']);

  await again.page.locator('#draft').pressSequentially('Well');
  await ana.sees('#typing', 'Boris is typing');
  await ana.page.click('#who');
  await ana.page.locator('#people .is-typing').waitFor();
  await picture(ana.page, 'people-phone');
  await again.page.fill('#draft', '');
  await ana.page.locator('#typing:empty').waitFor({state: 'attached'});

  await again.page.locator('#draft').pressSequentially('We');
  await ana.sees('#typing', 'Boris is typing');
  await again.leave();
  await ana.page.locator('#typing:empty').waitFor({state: 'attached'});
  await becomes(() => ana.texts('#people li .who-is-it'), ['Anayou', 'Boris', 'Dee', 'Zoe']);
  await Promise.all([ana, boris, ...others].map((one) => one.leave()));
});

test('a visitor whose page crashes or is closed is no longer listed', async () => {
  const ana = await enter('Ana', 'exits');
  const boris = await enter('Boris', 'exits');
  const dee = await enter('Dee', 'exits');
  const again = await enter('Dee', 'exits');
  await becomes(() => ana.texts('#people .name'), ['Ana', 'Boris', 'Dee']);
  await Promise.all([boris, dee, again].map((one) => one.isIn()));

  const devtools = await boris.page.context().newCDPSession(boris.page);
  devtools.send('Page.crash').catch(() => {});
  await becomes(() => ana.texts('#people .name'), ['Ana', 'Dee']);
  await dee.leave();
  await ana.say('One of two windows is left.');
  await again.sees('.body', 'One of two windows is left.');
  await becomes(() => ana.texts('#people .name'), ['Ana', 'Dee']);
  await again.leave();
  await becomes(() => ana.texts('#people .name'), ['Ana']);
  await ana.leave();
});

test('messages in another room are counted as unread', async () => {
  const ana = await enter('Ana', 'garden');
  await ana.isIn(); // the page moves the focus to the draft when its first dialog closes
  await ana.page.fill('#open-room input', 'Tea House');
  await ana.page.press('#open-room input', 'Enter');
  await ana.sees('#room-name', '#tea-house');
  await ana.isIn();

  const boris = await enter('Boris', 'garden', phone);
  await boris.isIn();
  await boris.say('The garden is open.');
  await boris.say('Come over!');
  await ana.sees('#own-rooms .badge', '2');
  assert.equal(await ana.page.title(), '(2) #tea-house · Bennu chat');
  await boris.page.click('.top .icon');
  await boris.sees('#other-rooms', 'tea-house');
  await picture(boris.page, 'rooms-phone');

  await ana.page.keyboard.press('Alt+ArrowUp');
  await ana.sees('.body', 'Come over!');
  assert.equal(await ana.page.title(), '#garden · Bennu chat');
  await Promise.all([ana.leave(), boris.leave()]);
});

test('a visitor who reads further up stays there, and a button goes to the new messages', async () => {
  const ana = await enter('Ana', 'long');
  const boris = await enter('Boris', 'long');
  await Promise.all([ana.isIn(), boris.isIn()]);
  for (let i = 1; i <= 20; ++i) await boris.say(`This is line ${i}.`);
  await ana.sees('.body', 'This is line 20.');
  const top = () => ana.page.locator('#log').evaluate((log) => log.scrollTop);
  assert.ok(await top() > 0, 'the end is in sight');
  await ana.page.locator('#log').evaluate((log) => (log.scrollTop = 0));
  await ana.page.locator('.day').waitFor();
  await boris.say('And this is new.');
  await ana.page.locator('#to-end').waitFor();
  assert.equal(await top(), 0);

  const [log, button, composer] = await Promise.all(
      ['#log', '#to-end', '#composer'].map((selector) => ana.page.locator(selector).boundingBox()));
  assert.ok(button.y > log.y && button.y + button.height < composer.y, 'the button lies over the messages');
  assert.ok(log.width > composer.width, 'the parts lie below each other');
  await ana.page.click('#to-end');
  await ana.page.locator('#to-end').waitFor({state: 'hidden'});
  assert.ok(await top() > 0);
  await Promise.all([ana.leave(), boris.leave()]);
});

test('text that looks like markup is shown as it was written, and an address becomes a link', async () => {
  const eve = await enter('<b>Eve</b>', 'markup');
  await eve.isIn();
  const text = '<img src=x onerror="document.title = 1"> & see https://example.org/?a=1&b=2.';
  await eve.say(text);
  await becomes(() => eve.texts('.message:not(.sending) .body'), [text]);
  assert.deepEqual(await eve.texts('.body a'), ['https://example.org/?a=1&b=2']);
  assert.equal(await eve.page.locator('#messages img').count(), 0);
  await becomes(() => eve.texts('#people .name'), ['<b>Eve</b>']);
  await eve.leave();
});

test('a visitor who changes names has only the new name', async () => {
  const ana = await enter('Ana', 'names');
  const boris = await enter('Boris', 'names');
  await becomes(() => ana.texts('#people .name'), ['Ana', 'Boris']);
  await ana.page.click('#me');
  await ana.page.fill('#name', 'Anastasia');
  await ana.page.press('#name', 'Enter');
  await becomes(() => boris.texts('#people .name'), ['Boris', 'Anastasia']);
  await ana.isIn();
  await ana.say('It is me.');
  await becomes(() => boris.texts('.message .name'), ['Anastasia']);
  await Promise.all([ana.leave(), boris.leave()]);
});

test('a user who may not enter a room is told the reason', async () => {
  const ana = await enter('Ana', 'x'.repeat(41));
  await ana.sees('#banner .bad', 'expected a length of 1 to 40, got 41');
  await ana.leave();
});

test('a page shows that its server is gone, reconnects by itself, and sends the waiting messages', async () => {
  const killed = await startProgram('chat');
  const ana = await Visitor.enter(browser, killed.url, 'Ana', 'lobby');
  const boris = await Visitor.enter(browser, killed.url, 'Boris', 'lobby', phone);
  await Promise.all([ana.isIn(), boris.isIn()]);
  await ana.say('Before.');
  await boris.sees('.body', 'Before.');

  killed.child.kill('SIGKILL');
  await once(killed.child, 'exit');
  await ana.sees('#banner', /Connection lost\. Reconnecting… try \d/);
  await ana.say('Meanwhile.');
  await ana.sees('.message.waiting', 'Not sent yet');
  await boris.sees('#banner', /Reconnecting… try [3-9]/);
  await picture(ana.page, 'lost-desktop');
  await picture(boris.page, 'lost-phone');

  const restarted = await startProgram('chat', '--port', new URL(killed.url).port);
  try {
    await Promise.all([ana, boris].map((one) => one.sees('#banner', 'Back again')));
    await boris.say('After.');
    await becomes(() => ana.texts('.message .body'), ['Before.', 'Meanwhile.', 'After.']);
    // A new server cannot tell what came before a page is back: it says so, and a message of that time may be missing.
    await becomes(async () => (await boris.texts('.message .body')).filter((text) => text !== 'Meanwhile.'),
      ['Before.', 'After.']);
    await boris.sees('.note', 'the server was restarted');
    assert.equal(await ana.page.locator('.message.waiting, .message.sending').count(), 0);
    await ana.sees('.note', 'the server was restarted');
    await becomes(() => boris.texts('#people .name'), ['Boris', 'Ana']);
    await picture(ana.page, 'back-desktop');
    await picture(boris.page, 'back-phone');
    await Promise.all([ana.leave(), boris.leave()]);
  } finally {
    await restarted.stop();
  }
});

test('a page that was offline shows what was said meanwhile, in order, and sends what was written', async () => {
  const network = await BreakableNetwork.to(server.url);
  const ana = await Visitor.enter(browser, network.url, 'Ana', 'train');
  const boris = await enter('Boris', 'train');
  await Promise.all([ana.isIn(), boris.isIn()]);
  await boris.say('Before the tunnel.');
  await ana.sees('.body', 'Before the tunnel.');

  await ana.page.context().setOffline(true);
  network.break();
  await ana.sees('#banner', 'This device is offline.');
  for (let i = 1; i <= 5; ++i) await boris.say(`In the tunnel, ${i}.`);
  await ana.say('Written in the tunnel.');
  await ana.sees('.message.waiting', 'Not sent yet');
  await ana.page.context().setOffline(false);
  network.mend();
  await boris.sees('.body', 'Written in the tunnel.');
  await boris.say('After the tunnel.');

  const all = ['Before the tunnel.', ...[1, 2, 3, 4, 5].map((i) => `In the tunnel, ${i}.`), 'Written in the tunnel.',
    'After the tunnel.'];
  await becomes(() => ana.texts('.message .body'), all);
  await becomes(() => boris.texts('.message .body'), all);
  assert.equal(await ana.page.locator('.note:not(.day)').count(), 0);
  await Promise.all([ana.leave(), boris.leave()]);
  await network.close();
});

test('a newcomer is asked for a name', async () => {
  const {page, errors} = await openPage(browser, phone);
  await page.goto(server.url);
  await page.locator('#welcome[open]').waitFor();
  await page.keyboard.press('Escape');
  await page.fill('#name', ' ');
  await page.press('#name', 'Enter');
  assert.ok(await page.locator('#welcome').isVisible(), 'there is no way in without a name');
  await picture(page, 'welcome-phone');
  await page.context().close();
  assert.deepEqual(errors, []);
});
