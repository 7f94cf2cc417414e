// Visitors of the chat, each with the page open in a window of their own.
import assert from 'node:assert/strict';

import {desktop, openPage} from './browser.mjs';

export class Visitor {
  static async enter(browser, url, name, room, window = desktop) {
    const visitor = new Visitor(await openPage(browser, window));
    await visitor.page.goto(`${url}/#${encodeURIComponent(room)}`);
    await visitor.page.fill('#name', name);
    await visitor.page.press('#name', 'Enter');
    return visitor;
  }

  constructor({page, errors}) {
    this.page = page;
    this.errors = errors;
  }

  /** Waits until `selector` shows `text`, or a text that matches it. */
  sees(selector, text) {
    return this.page.locator(selector, {hasText: text}).first().waitFor();
  }

  async isIn() {
    await this.sees('#room-summary', 'here');
  }

  async say(text) {
    await this.page.fill('#draft', text);
    await this.page.press('#draft', 'Enter');
  }

  texts(selector) {
    return this.page.locator(selector).allTextContents();
  }

  async leave() {
    await this.page.context().close();
    assert.deepEqual(this.errors, [], 'the page ran without errors');
  }
}
