// Transport: turns events into batches and gets each one to the server, once in effect.
//
// Entry point: transport(env). The network comes in with env; clock and timers are the platform's,
// which the tests replace.
//
// One batch is in flight at a time, oldest first; it keeps its number n and its page load b over
// all retries, so the server counts it once. Its times are kept absolute and written as offsets
// from the moment of sending (`sent`), each time anew. The body's grammar is in README.md.

const MAX_EVENTS = 40; // in one batch
const MAX_BYTES = 59000; // of one batch's events; the server takes a body of 64 KiB
const MAX_KEPT = 400; // events waiting while the server cannot be reached

const encoder = new TextEncoder();

/**
 * env: stamp(): {s, i, t, b, m} for events that are cut into a batch now;
 * fill(): last chance to complete what is queued; post(body, m): Promise of the HTTP status, 0 when
 * the network failed; beacon(body): false when it would not take it; known(): whether a second
 * request may leave before the first is answered; answered(m): a batch of mode m was accepted.
 */
export const transport = ({ stamp, fill, post, beacon, known, answered }) => {
  let queue = []; // [name, time, props], not yet in a batch
  let batches = []; // {h, n, e}: cut, not yet answered; batches[0] is in flight while busy
  let busy; // the batch in flight
  let count = 0;
  let fails = 0;
  let hold = 0; // no sending before this time
  let due = 0; // when the timer is due; 0: there is none, and what is queued is overdue
  let timer;

  const arm = (ms) => {
    const at = Math.max(Date.now() + ms, hold);
    if (due && at >= due) return;
    clearTimeout(timer);
    due = at;
    timer = setTimeout(pump, at - Date.now());
  };

  const cut = () => {
    fill();
    const e = [];
    let bytes = 0;
    while (queue[0] && !e[MAX_EVENTS - 1]) {
      bytes += encoder.encode(JSON.stringify(queue[0])).length;
      if (e[0] && bytes > MAX_BYTES) break;
      e.push(queue.shift());
    }
    if (e[0]) batches.push({ h: stamp(), n: ++count, e });
  };

  const seal = () => {
    while (queue[0]) cut();
  };

  const body = ({ h, n, e }) => {
    const sent = Date.now();
    e = e.map(([name, at, props]) => [name, Math.min(0, at - sent), props]);
    return JSON.stringify({ v: 1, ...h, n, sent, e });
  };

  const pump = () => {
    due = 0;
    if (busy) return;
    if (!batches[0]) cut();
    busy = batches[0];
    if (busy) post(body(busy), busy.h.m).then(settle);
  };

  const settle = (status) => {
    const batch = busy;
    busy = 0;
    if ((!status || status == 429 || status > 499) && batches[0] == batch) {
      // 0.4 to 0.8 s, doubled each time, 26 to 51 s in the end.
      hold = Date.now() + (400 << Math.min(fails++, 6)) * (1 + Math.random());
      return arm(0);
    }
    fails = hold = 0;
    if (batches[0] == batch) batches.shift();
    if (status && status < 300) answered(batch.h.m);
    if (batches[0] || !due) pump();
  };

  return {
    /** Queues an event; it leaves within ms, with whatever else is waiting. */
    put(name, props, ms) {
      queue.push([name, Date.now(), props]);
      queue = queue.slice(MAX_EVENTS - MAX_KEPT);
      arm(queue[MAX_EVENTS - 1] ? 0 : ms);
    },
    /** The page may go away: hands over what it can and returns the batches that must survive. */
    hide() {
      seal();
      if (!busy || known()) {
        batches = batches.filter((batch) => batch == busy || !beacon(body(batch)) || fails);
      }
      if (batches[0]) arm(0);
      return batches;
    },
    /** What is queued belongs to the stamp of now, whatever comes next. */
    seal,
    /** Puts these batches in place of all there are, what is in flight and queued included. */
    reset(saved) {
      queue = [];
      batches = saved;
      if (saved[0]) arm(0);
    },
  };
};
