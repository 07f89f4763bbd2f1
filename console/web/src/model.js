// The page's state, as signals, and the loops that keep it up to date: the live stream with its
// reconnection, the list of visitors, the rules in force, the server's clock.

import { computed, effect, signal } from "@preact/signals";
import { ApiError, get, post, readLive } from "./api.js";
import { duration, spoken } from "./format.js";
import { apply, applyExplanation, applyRecent, follow, grownAt, keyOf, newStore } from "./store.js";
import { keepToken, takeToken } from "./token.js";

const SILENCE = 25_000; // the server pings every 10 s; longer without a word is a dead connection
const LIST_EVERY = 5000;
const TOLD_WITHIN = 400; // a timer that fires is told by the stream by then

export const store = newStore();
export const version = signal(0); // grows when the store has changed
/** "checking", "missing", "wrong", "open" */
export const gate = signal("checking");
export const about = signal({ version: "", shop_url: "" });
/** {state: "connecting" | "live" | "lost", retryAt, message} */
export const link = signal({ state: "connecting" });
/** Whether the stream was tried: the shop is opened after it, so that no event of it is missed. */
export const tried = signal(false);
export const pinned = signal(null); // the visitor's key, or null: follow
export const followed = signal(null);
export const rules = signal({ version: "", refused: "", byName: new Map() });
export const notice = signal(null); // {good, text}
export const now = signal(Date.now()); // the server's clock

export const shown = computed(() => {
  version.value;
  return store.visitors.get(pinned.value ?? followed.value) ?? null;
});

const grownNow = (told) => grownAt(told, Math.max(now.value, shown.value.stateAt));

/** A fact's or a clause's value as it is now: some grow with the clock. */
export const valueNow = (told) => (told.since == null ? told.value : duration(grownNow(told)));

/** What is missing, with such a value in its words. */
export const missingNow = (told) =>
  told.since == null ? told.text : told.text.replace(told.value, spoken(grownNow(told)));

let token = "";
let session = 0; // grows with every token; loops of an older one end
let clockOffset = 0;
let stream = null; // AbortController of the open stream
let wake = () => {};

/** Starts everything; called once. */
export function start() {
  addEventListener("hashchange", () => useToken(takeToken()));
  addEventListener("online", () => wake());
  setInterval(tick, 100);
  useToken(takeToken());
}

function useToken(given) {
  if (given === token && gate.peek() === "open") return;
  token = given;
  session += 1;
  stream?.abort();
  if (!token) gate.value = "missing";
  else enter();
}

async function enter() {
  gate.value = "checking";
  const mine = session;
  while (mine === session) {
    try {
      about.value = await get("/api/v1/about", token);
      setClock(about.value.now);
      gate.value = "open";
      listLoop(mine);
      streamLoop(mine);
      return;
    } catch (error) {
      if (refused(error)) return;
      await lost(error, 2000);
    }
  }
}

/** Whether the token is not (or no longer) the right one; the gate is closed then. */
function refused(error) {
  if (error.status !== 401) return false;
  keepToken("");
  token = "";
  session += 1;
  gate.value = "wrong";
  return true;
}

export function enterToken(given) {
  keepToken(given);
  useToken(given);
}

const setClock = (serverNow) => {
  clockOffset = serverNow - Date.now();
};

let ticks = 0;
let asked = 0; // the turn after which the state was asked for
function tick() {
  const record = shown.peek();
  const t = Date.now() + clockOffset;
  const counting = record && (record.turnAt > t || link.peek().state === "lost");
  ticks += 1;
  // The stream tells of what happens, not of each clause that time turns.
  if (record?.turnAt && record.turnAt !== asked && t > record.turnAt + TOLD_WITHIN && ticks % 10 === 0) {
    asked = record.turnAt;
    explainSoon(0);
  }
  if (counting || ticks % 10 === 0) now.value = t;
  if (ticks % 10 === 0) followed.value = follow(store, followed.peek(), t);
}

// Messages are taken in together, once a frame, however many come.
let waiting = [];
function take(message) {
  waiting.push(message);
  if (waiting.length === 1) (document.hidden ? setTimeout : requestAnimationFrame)(takeAll);
}

function takeAll() {
  const messages = waiting;
  waiting = [];
  for (const message of messages) apply(store, message);
  changed();
  const key = shown.peek()?.key;
  if (messages.some((m) => m.type === "decision" && keyOf(m) === key)) explainSoon(300);
}

// Who is looked at is explained: at once, and again after a decision.
effect(() => {
  if (gate.value === "open" && shown.value?.key) explainSoon(0);
});

let explaining = 0; // the timer; grows stale when somebody else is looked at
function explainSoon(wait) {
  clearTimeout(explaining);
  explaining = setTimeout(explainShown, wait);
}

/** Best effort: without it the page says what the stream says. */
async function explainShown() {
  const record = shown.peek();
  if (!record) return;
  const { site, visitor } = record;
  try {
    applyExplanation(store, await get(`/api/v1/explain?${new URLSearchParams({ site, visitor })}`, token));
    version.value += 1;
  } catch {}
}

function changed() {
  now.value = Date.now() + clockOffset;
  followed.value = follow(store, followed.peek(), now.peek());
  version.value += 1;
}

/** Reads the stream, again and again, while `mine` is the session. */
async function streamLoop(mine) {
  let failures = 0;
  while (mine === session) {
    const heard = await readOnce().catch((error) => error);
    if (mine !== session) return;
    if (heard === "moved") {
      failures = 0;
      continue;
    }
    if (heard instanceof Error && refused(heard)) return;
    if (heard === "ended") failures = 0;
    failures += 1;
    await lost(heard, Math.min(15_000, 500 * 2 ** failures) * (0.75 + Math.random() / 2));
  }
}

/** One stream, to its end. "moved": another visitor is to be watched now. */
async function readOnce() {
  const controller = new AbortController();
  stream = controller;
  link.value = { state: "connecting" };
  const [site, visitor] = (pinned.peek() ?? "\n").split("\n");
  let dog;
  let silent = false;
  const alive = () => {
    clearTimeout(dog);
    dog = setTimeout(() => {
      silent = true;
      controller.abort();
    }, SILENCE);
  };
  alive();
  try {
    await readLive({
      site, visitor, token, signal: controller.signal,
      onEvent: ({ event, data }) => {
        alive();
        hear(event, JSON.parse(data));
      },
    });
    return "ended";
  } catch (error) {
    if (controller.signal.aborted && !silent) return "moved";
    throw error instanceof ApiError ? error : new ApiError(0, "lost", "The connection was lost.");
  } finally {
    clearTimeout(dog);
  }
}

function hear(event, message) {
  if (event === "message") return take(message);
  setClock(message.now);
  if (event === "hello") {
    link.value = { state: "live" };
    tried.value = true;
    refreshList();
  }
}

async function lost(error, wait) {
  tried.value = gate.peek() === "open";
  const message = error instanceof Error ? error.message : "The server ended the connection.";
  link.value = { state: "lost", retryAt: Date.now() + clockOffset + wait, message };
  await new Promise((resolve) => {
    wake = resolve;
    setTimeout(resolve, wait);
  });
}

export const retryNow = () => wake();

async function listLoop(mine) {
  while (mine === session) {
    await Promise.all([refreshList(), loadRules()]);
    do await new Promise((resolve) => setTimeout(resolve, LIST_EVERY));
    while (document.hidden && mine === session);
  }
}

/** Best effort: when it fails, the stream says so. */
async function refreshList() {
  try {
    const { visitors } = await get("/api/v1/visitors", token);
    applyRecent(store, visitors);
    changed();
  } catch {}
}

/** Looks at one visitor only, or (null) follows the latest. */
export function pin(record) {
  pinned.value = record ? keyOf(record) : null;
  stream?.abort();
}

async function loadRules() {
  try {
    const answer = await get("/api/v1/rules", token);
    const { version, byName, refused } = rules.peek();
    const read = { version: answer.version, refused: answer.source?.refused ?? "" };
    const same = read.version === version;
    if (same && read.refused === refused) return;
    rules.value = { ...read, byName: same ? byName : new Map(answer.rules.map((rule) => [rule.name, rule])) };
    if (read.refused) notice.value = { good: false, text: read.refused };
    else if (version) sayLoaded();
  } catch {}
}

function sayLoaded() {
  notice.value = { good: true, text: `Rules loaded: ${rules.value.byName.size} in force.` };
}

/** Asks the server to read its rules again, and says what came of it. */
export async function reloadRules() {
  try {
    await post("/api/v1/reload", token);
    await loadRules();
    sayLoaded();
  } catch (error) {
    if (refused(error)) return;
    await loadRules(); // it has the errors by now too: they are said once
    notice.value = { good: false, text: error.message };
  }
}
