// What accepting calls in each chat system, as their documentation has it.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { open } from "../../beacon/src/offer/adapters.js";

let calls;
let marks;

/** A function that writes its calls down under a name. */
const spy = (name) => (...args) => {
  calls.push([name, ...args]);
};

beforeEach(() => {
  calls = [];
  marks = {};
  globalThis.window = { open: (url) => calls.push(["window.open", url]) };
  globalThis.location = { href: "" };
  globalThis.document = {
    querySelector: (selector) => {
      const name = selector.slice(1, -1);
      return name in marks ? { getAttribute: () => marks[name] } : null;
    },
  };
});

const about = { vinkki_trigger: "t-1", vinkki_rule: "r" };

/** system: [its global, the calls that are expected]. */
const SYSTEMS = {
  chatwoot: [
    () => ({ $chatwoot: { setCustomAttributes: spy("setCustomAttributes"), toggle: spy("toggle") } }),
    [["setCustomAttributes", about], ["toggle", "open"]],
  ],
  intercom: [() => ({ Intercom: spy("Intercom") }), [["Intercom", "update", about], ["Intercom", "show"]]],
  zendesk: [() => ({ zE: spy("zE") }), [["zE", "messenger", "open"]]],
  "zendesk classic": [() => ({ zE: spy("zE"), $zopim: {} }), [["zE", "webWidget", "open"]]],
  tawk: [() => ({ Tawk_API: { addEvent: (name, data) => calls.push(["addEvent", name, data]), maximize: spy("maximize") } }), [["addEvent", "vinkki", about], ["maximize"]]],
  livechat: [() => ({ LiveChatWidget: { call: spy("call") } }), [["call", "set_session_variables", about], ["call", "maximize"]]],
  rocketchat: [
    () => ({ RocketChat: (fn) => fn.call({ setCustomField: spy("setCustomField"), maximizeWidget: spy("maximizeWidget") }) }),
    [["setCustomField", "vinkki_trigger", "t-1"], ["setCustomField", "vinkki_rule", "r"], ["maximizeWidget"]],
  ],
  crisp: [
    () => ({ $crisp: { push: spy("push") } }),
    [["push", ["set", "session:data", [[["vinkki_trigger", "t-1"], ["vinkki_rule", "r"]]]], ["do", "chat:open"]]],
  ],
  tidio: [() => ({ tidioChatApi: { show: spy("show"), open: spy("open") } }), [["show"], ["open"]]],
  hubspot: [() => ({ HubSpotConversations: { widget: { load: spy("load"), open: spy("open") } } }), [["load"], ["open"]]],
  genesys: [
    () => ({ Genesys: spy("Genesys") }),
    [["Genesys", "command", "Database.set", { messaging: { customAttributes: about } }], ["Genesys", "command", "Messenger.open"]],
  ],
  freshchat: [() => ({ fcWidget: { user: { setProperties: spy("setProperties") }, open: spy("open") } }), [["setProperties", about], ["open"]]],
  olark: [() => ({ olark: spy("olark") }), [["olark", "api.box.expand"]]],
  smartsupp: [() => ({ smartsupp: spy("smartsupp") }), [["smartsupp", "variables", about], ["smartsupp", "chat:open"]]],
};

for (const [name, [globals, expected]] of Object.entries(SYSTEMS)) {
  test(name, () => {
    Object.assign(window, globals());
    assert.ok(open("chat", about));
    assert.deepEqual(calls, expected);
  });
}

test("the shop's mark chooses among several", () => {
  Object.assign(window, SYSTEMS.chatwoot[0](), SYSTEMS.olark[0]());
  marks["data-vinkki-chat"] = "olark";
  assert.ok(open("chat", about));
  assert.deepEqual(calls, [["olark", "api.box.expand"]]);
});

test("a marked system that is not there opens nothing", () => {
  Object.assign(window, SYSTEMS.olark[0]());
  marks["data-vinkki-chat"] = "crisp";
  assert.ok(!open("chat", about));
  assert.deepEqual(calls, []);
});

test("nothing there", () => assert.ok(!open("chat", about)));

test("voice calls the number, or a room without video; video and screen open the room", () => {
  marks["data-vinkki-jitsi"] = "https://meet.example.com";
  assert.ok((open("voice", about), open("video", about), open("screenshare", about), true));
  assert.deepEqual(calls.map((call) => call[1]), [
    "https://meet.example.com/t-1#config.startWithVideoMuted=true",
    "https://meet.example.com/t-1#config.startWithVideoMuted=false",
    "https://meet.example.com/t-1#config.startWithVideoMuted=true",
  ]);
  marks["data-vinkki-voice"] = "+358401234567";
  assert.ok(open("voice", about));
  assert.equal(location.href, "tel:+358401234567");
});
