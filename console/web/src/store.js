// What has been seen, by visitor, and who is looked at. Plain data and functions of it: no page, no
// network, no clock of its own; tests/console/store.test.mjs runs it.

import { quantity } from "./format.js";

const MAX_FEED = 300; // items kept for a visitor, the latest
const MAX_VISITORS = 250;

/** Events that only say that somebody is there; equal ones in a row become one item. */
export const BACKGROUND = new Set([
  "active", "vitals", "hidden", "visible", "page_leave", "offer_ignored", "offer_expired",
]);

export const keyOf = ({ site, visitor }) => `${site}\n${visitor}`;

export function newStore() {
  return { visitors: new Map(), nextId: 1, dropped: 0 };
}

/** The visitor's record, made when there is none. */
export function visitorOf(store, { site, visitor }) {
  const key = keyOf({ site, visitor });
  let record = store.visitors.get(key);
  if (!record) {
    forgetOldest(store);
    record = {
      key, site, visitor, lastAt: 0, events: 0, feed: [], facts: [], rules: [], deadline: null,
      stateAt: null, turnAt: null, decided: new Map(), since: new Map(), silences: new Map(), explained: false,
    };
    store.visitors.set(key, record);
  }
  return record;
}

/** Makes room for one more. */
function forgetOldest(store) {
  if (store.visitors.size < MAX_VISITORS) return;
  const oldest = [...store.visitors.values()].reduce((a, b) => (a.lastAt <= b.lastAt ? a : b));
  store.visitors.delete(oldest.key);
}

function push(store, record, item) {
  record.feed = [{ id: store.nextId++, ...item }, ...record.feed].slice(0, MAX_FEED);
}

/** Takes one message of the live stream in. Returns the visitor's record, or null. */
export function apply(store, message) {
  if (message.dropped) store.dropped += message.dropped;
  return TAKE[message.type]?.(store, message) ?? null;
}

function takeEvent(store, message) {
  const record = visitorOf(store, message);
  record.lastAt = Math.max(record.lastAt, message.at);
  record.events += 1;
  const [latest] = record.feed;
  if (latest?.kind === "event" && latest.name === message.name && BACKGROUND.has(message.name)) {
    const more = { ...latest, at: message.at, props: message.props, times: latest.times + 1 };
    record.feed = [more, ...record.feed.slice(1)];
  } else {
    push(store, record, {
      kind: "event", at: message.at, name: message.name, props: message.props ?? {}, times: 1,
    });
  }
  return record;
}

/** What a value that grows with the clock is at a moment, in ms; NaN for one that stands still. */
export const grownAt = ({ since, until }, at) => Math.min(at, until ?? Infinity) - (since ?? NaN);

/** Whether something else than the clock made `known` what `fact` is at that moment. */
function differs(known, fact, at) {
  if (known?.since == null && fact.since == null) return known?.value !== fact.value;
  const ms = (one) => (one?.since == null ? quantity(one?.value) : grownAt(one, at));
  return ms(known) !== ms(fact);
}

/** Facts remember the state in which they last changed; timers, when they were first seen. */
function takeState(store, message) {
  const record = visitorOf(store, message);
  const before = new Map(record.facts.map((fact) => [fact.name, fact]));
  const first = record.stateAt === null;
  record.facts = (message.facts ?? []).map((fact) => {
    const known = before.get(fact.name);
    const changed = !first && differs(known, fact, message.at);
    return { ...fact, changes: (known?.changes ?? 0) + (changed ? 1 : 0) };
  });
  record.rules = message.rules ?? [];
  record.deadline = message.next_deadline ?? null;
  record.stateAt = message.at;
  record.turnAt = nextTurn(record, message.at);
  record.since = timersSince(record, message.at);
  return record;
}

/**
 * When time alone makes this state another one: a clause turns, a rule fires, a value does not grow
 * on. Or null.
 */
function nextTurn(record, at) {
  const turns = [record.deadline, ...record.facts.map((fact) => fact.until)];
  for (const { fires_at, clauses } of record.rules) {
    turns.push(fires_at, ...(clauses ?? []).flatMap((clause) => [clause.changes_at, clause.until]));
  }
  const next = Math.min(...turns.filter((turn) => turn > at));
  return next === Infinity ? null : next;
}

/** When each running timer was first seen: where its ring begins. */
function timersSince(record, at) {
  const since = new Map();
  for (const rule of record.rules) {
    rule.clauses?.forEach((clause, i) => {
      if (clause.changes_at == null) return;
      const timer = `${rule.rule}/${i}/${clause.changes_at}`;
      since.set(timer, record.since.get(timer) ?? at);
    });
  }
  return since;
}

function takeDecision(store, message) {
  const record = visitorOf(store, message);
  const { at, rule, decision, reason, why, to } = message;
  push(store, record, { kind: "decision", at, rule, decision, reason, why, to, trigger: null });
  record.decided.set(rule, record.feed[0]);
  return record;
}

/** A trigger belongs to the offer that was decided before it: one item for both. */
function takeTrigger(store, message) {
  const record = visitorOf(store, message);
  const { at, trigger } = message;
  const rule = trigger.data?.rule?.name ?? "";
  const index = record.feed.findIndex(
    (item) => item.kind === "decision" && item.decision === "offer" && item.rule === rule &&
      !item.trigger && Math.abs(item.at - at) < 5000,
  );
  if (index < 0) {
    push(store, record, { kind: "decision", at, rule, decision: "offer", trigger });
  } else {
    record.feed = record.feed.map((item, i) => (i === index ? { ...item, trigger } : item));
  }
  record.decided.set(rule, record.feed[Math.max(index, 0)]);
  return record;
}

const TAKE = {
  event: takeEvent, state: takeState, decision: takeDecision, trigger: takeTrigger,
};

/**
 * What GET /api/v1/explain said: the state if the stream has told no later one, what would silence
 * each rule, and, the first time, what happened before the stream began. An item of the stream is
 * never told twice.
 */
export function applyExplanation(store, explanation) {
  const record = visitorOf(store, explanation);
  if (record.stateAt !== null && explanation.at >= record.stateAt) takeState(store, explanation);
  record.silences = new Map(explanation.rules.map((rule) => [rule.rule, rule.silences]));
  for (const { rule, decisions } of explanation.rules) {
    if (decisions.length && !record.decided.has(rule)) record.decided.set(rule, { rule, ...decisions[0] });
  }
  if (record.explained) return record;
  record.explained = true;
  const begin = record.feed.at(-1)?.at ?? Infinity;
  const past = explanation.timeline.filter(({ kind, at }) => TOLD.has(kind) && at < begin);
  const items = past.map((entry) => ({ id: store.nextId++, ...pastItem(entry) })).reverse();
  record.feed = [...record.feed, ...items].slice(0, MAX_FEED);
  return record;
}

const TOLD = new Set(["event", "decision", "visit"]);

function pastItem({ kind, at, name, times, what, rule, decision, reason, why, to, visit }) {
  if (kind === "event") return { kind, at, name, times, props: {}, what };
  if (kind === "visit") return { kind, at, visit };
  return { kind, at, rule, decision, reason, why, to, trigger: null };
}

/** What GET /api/v1/visitors said. */
export function applyRecent(store, visitors) {
  for (const seen of visitors) {
    const record = visitorOf(store, seen);
    record.lastAt = Math.max(record.lastAt, seen.last_at);
    record.events = Math.max(record.events, seen.events);
  }
}

export const latestFirst = (store) =>
  [...store.visitors.values()].sort((a, b) => b.lastAt - a.lastAt || (a.key < b.key ? -1 : 1));

const STAYS = 2500; // how long somebody is followed after their last event, whoever else comes

/** Whom to follow: the latest, but nobody is left in the middle of an action or of a `for`. */
export function follow(store, followed, now) {
  const [latest] = latestFirst(store);
  const current = store.visitors.get(followed);
  if (!current || !latest) return latest?.key ?? null;
  const counting = current.rules.some((rule) => rule.when && rule.fires_at > now);
  return counting || now - current.lastAt < STAYS ? current.key : latest.key;
}
