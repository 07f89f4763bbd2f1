// Batching, retries and what happens when the page goes away, on virtual time.

import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { virtualClock } from "./virtual_clock.mjs";

// Browsers of 2024 have it, node 18 has not.
String.prototype.toWellFormed ??= function () {
  return this.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd");
};

const clock = virtualClock();
after(clock.restore);

let posts; // {body, mode, answer(status)}
let beacons;
let beaconTakes;
let mode;
let accepted;
let line;

const settle = async (status) => {
  posts.at(-1).answer(status);
  for (let i = 0; i < 5; i++) await null;
};

// The transport's state is its module's own: each test has a module of its own.
let modules = 0;
const transport = (env) => import(`../../beacon/src/transport.js?${++modules}`).then((module) => {
  module.use(...env);
  return module;
});

globalThis.fetch = (url, { method, body, keepalive, credentials }) => {
  assert.deepEqual([url, method, keepalive], ["/v1/e", "POST", true]);
  return new Promise((answer, fail) =>
    posts.push({
      ...JSON.parse(body),
      credentials,
      answer: (status) => (status ? answer({ status }) : fail(new TypeError("the network"))),
    })
  );
};
Object.defineProperty(globalThis, "navigator", {
  value: {
    sendBeacon: (url, body) => url == "/v1/e" && beaconTakes && beacons.push(JSON.parse(body)) > 0,
  },
  configurable: true,
});

beforeEach(async () => {
  clock.reset(1e12);
  posts = [];
  beacons = [];
  accepted = [];
  beaconTakes = true;
  mode = "full";
  line = await transport([
    "/v1/e",
    () => ({ s: "shop", i: mode == "cookieless" ? "id-of-the-page-s-memory" : "", t: "tab", b: "load", m: mode }),
    (mode) => accepted.push(mode),
  ]);
});

test("events wait for each other up to the shortest wait", () => {
  line.put("form_field", {}, 4000);
  clock.tick(1000);
  line.put("page_view", { url: "/" }, 250);
  assert.equal(posts.length, 0);
  clock.tick(250);
  assert.deepEqual(posts[0].e, [
    ["form_field", -1250, {}],
    ["page_view", -250, { url: "/" }],
  ]);
  assert.deepEqual([posts[0].v, posts[0].s, posts[0].t, posts[0].b, posts[0].n, posts[0].m], [1, "shop", "tab", "load", 1, "full"]);
});

test("an urgent event leaves at once, with what is waiting", () => {
  line.put("form_field", {}, 4000);
  line.put("form_error", {}, 0);
  clock.tick(0);
  assert.equal(posts[0].e.length, 2);
});

test("forty events leave at once, in one batch; one batch is in flight at a time", async () => {
  for (let i = 0; i < 45; i++) line.put("x", { i }, 4000);
  clock.tick(0);
  assert.equal(posts.length, 1);
  assert.equal(posts[0].e.length, 40);
  clock.tick(10000);
  assert.equal(posts.length, 1);
  await settle(204);
  assert.equal(posts.length, 2);
  assert.deepEqual([posts[1].n, posts[1].e.length], [2, 5]);
  assert.deepEqual(accepted, ["full"]);
});

test("a batch stays under 60 kB, whatever the script, and the next one takes the rest", async () => {
  for (let i = 0; i < 39; i++) line.put("x", { text: "€".repeat(600), more: "€".repeat(400) }, 100);
  clock.tick(100);
  for (let seen = 0; posts.length > seen; ) {
    seen = posts.length;
    const size = Buffer.byteLength(JSON.stringify(posts.at(-1)));
    assert.ok(size < 60000, `${size}`);
    await settle(204);
  }
  assert.deepEqual(posts.map((post) => post.n), [1, 2, 3, 4]);
  assert.equal(posts.flatMap((post) => post.e).length, 39);
});

test("texts are cut to 2,048 characters, wherever they are, and none ends with half a character", () => {
  const items = [{ item_name: "ä".repeat(3000), price: 1 }];
  line.put("x", { long: "a".repeat(3000), pairs: "a" + "😀".repeat(3000), half: "Gr\ud83d", short: "ok", n: 1, b: true, items }, 0);
  clock.tick(0);
  const [, , props] = posts[0].e[0];
  assert.equal(props.long, "a".repeat(2048));
  assert.equal(props.pairs, "a" + "😀".repeat(1023) + "\ufffd");
  assert.equal(props.half, "Gr\ufffd");
  assert.deepEqual([props.short, props.n, props.b], ["ok", 1, true]);
  assert.deepEqual(props.items, [{ item_name: "ä".repeat(2048), price: 1 }]);
});

test("cookies go along only in full mode", () => {
  line.put("a", {}, 0);
  clock.tick(0);
  assert.equal(posts[0].credentials, "include");
  line.reset([]);
});

test("without cookies in cookieless mode", () => {
  mode = "cookieless";
  line.put("a", {}, 0);
  clock.tick(0);
  assert.equal(posts[0].credentials, "omit");
});

for (const status of [0, 429, 500, 503]) {
  test(`after ${status} the same batch comes again, later and with new offsets`, async () => {
    line.put("a", {}, 0);
    clock.tick(0);
    await settle(status);
    line.put("b", {}, 0);
    assert.equal(posts.length, 1, "urgent events do not shorten the wait");
    clock.tick(800);
    assert.equal(posts.length, 2);
    assert.deepEqual([posts[1].n, posts[1].b], [1, "load"]);
    assert.equal(posts[1].e.length, 1);
    assert.equal(posts[1].sent + posts[1].e[0][1], 1e12, "the event's own time is kept");
    await settle(204);
    assert.deepEqual([posts[2].n, posts[2].e[0][0]], [2, "b"]);
  });
}

test("the wait doubles and stays under a minute", async () => {
  line.put("a", {}, 0);
  clock.tick(0);
  for (let i = 0; i < 12; i++) {
    const before = posts.length;
    await settle(503);
    if (i > 2) {
      clock.tick(3000);
      assert.equal(posts.length, before, "not in a hurry any more");
    }
    clock.tick(60000);
    assert.equal(posts.length, before + 1);
  }
});

test("what came due while a request was out leaves with its answer, the rest in its own time", async () => {
  line.put("a", {}, 0);
  clock.tick(0);
  line.put("b", {}, 250);
  clock.tick(250);
  assert.equal(posts.length, 1);
  await settle(204);
  assert.deepEqual(posts[1].e.map(([name]) => name), ["b"]);
  line.put("c", {}, 4000);
  await settle(204);
  assert.equal(posts.length, 2);
  clock.tick(4000);
  assert.deepEqual(posts[2].e.map(([name]) => name), ["c"]);
});

test("what the server refuses is not sent again", async () => {
  line.put("a", {}, 0);
  clock.tick(0);
  await settle(422);
  clock.tick(60000);
  assert.equal(posts.length, 1);
  assert.deepEqual(accepted, []);
});

test("400 events are kept while the server is away, the latest ones", async () => {
  line.put("first", {}, 0);
  clock.tick(0);
  await settle(0);
  for (let i = 0; i < 1000; i++) line.put("x", { i }, 0);
  clock.tick(60000);
  const sent = [];
  for (let seen = 1; posts.length > seen; ) {
    seen = posts.length;
    sent.push(...posts.at(-1).e);
    await settle(204);
  }
  assert.equal(sent.length, 400);
  assert.deepEqual([sent[0][2].i, sent.at(-1)[2].i], [600, 999]);
});

test("when the page hides, the rest goes by sendBeacon", () => {
  line.put("a", {}, 4000);
  assert.deepEqual(line.hide(1), []);
  assert.equal(beacons[0].e[0][0], "a");
  clock.tick(10000);
  assert.equal(posts.length, 0);
});

test("what sendBeacon does not take, or what has failed before, survives", async () => {
  beaconTakes = false;
  line.put("a", {}, 4000);
  const saved = line.hide(1);
  assert.equal(saved[0].e[0][0], "a");
  beaconTakes = true;
  clock.tick(0);
  await settle(503);
  assert.equal(line.hide(1).length, 1, "the network has failed: handed over and kept, it counts once");
  assert.equal(beacons[0].n, 1);
});

test("before the first answer nothing else leaves, so that there is one visitor", () => {
  line.put("a", {}, 0);
  clock.tick(0);
  line.put("b", {}, 0);
  const saved = line.hide(0);
  assert.equal(beacons.length, 0);
  assert.deepEqual(saved.map((batch) => batch.n), [1, 2]);
});

test("batches of the page before go first, under their own numbers", async () => {
  line.reset([{ h: { b: "before", m: "full" }, n: 7, e: [["old", 1e12 - 5000, {}]] }]);
  line.put("new", {}, 250);
  clock.tick(0);
  assert.deepEqual([posts[0].b, posts[0].n, posts[0].e], ["before", 7, [["old", -5000, {}]]]);
  await settle(204);
  clock.tick(250);
  assert.deepEqual([posts[1].b, posts[1].n], ["load", 1]);
});

test("after a withdrawal nothing that was waiting or in flight is sent again", async () => {
  line.put("a", {}, 0);
  clock.tick(0);
  line.put("b", {}, 0);
  line.reset([]);
  await settle(503);
  clock.tick(60000);
  assert.equal(posts.length, 1);
});
