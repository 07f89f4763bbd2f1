// Transport: turns events into batches and gets each one to the server, once in effect.
//
// Entry points: use(...), then put, hide, seal and reset. The state is the module's own: there is
// one page. Network, clock and timers are the platform's, which the tests replace.
//
// use(endpoint, stamp, answered): stamp() is {s, i, t, b, m} for events whose batch is sealed now,
// and the last chance to complete them; answered(m): a batch of mode m was accepted.
//
// One batch is in flight at a time, oldest first; it keeps its number n and its page load b over
// all retries, so the server counts it once. Its times are kept absolute and written as offsets
// from the moment of sending (`sent`), each time anew. The body's grammar is in README.md.

const MAX_EVENTS = 40; // in one batch
const FULL = 10000; // characters of props, 3 bytes each at most: above, a batch takes no more events
const MAX_TEXT = 2048; // characters of one text; the server takes as many bytes, and cuts the rest
const MAX_KEPT = 10; // batches waiting while the server cannot be reached: 400 events

let endpoint, stamp, answered;
let batches = []; // {e: [name, time, props]..., and once sealed its stamp h and number n}
let open; // the last of them, while it still takes events
let chars = 0; // of its props
let busy; // the batch in flight; true: what failed waits to be sent again
let late; // what is open should have left while busy
let count = 0;
let fails = 0;

export const use = (where, stamps, hears) => {
  endpoint = where;
  stamp = stamps;
  answered = hears;
};

/** What is waiting belongs to the stamp of now, whatever comes next. */
export const seal = () => {
  if (!open) return;
  open.h = stamp();
  open.n = ++count;
  open = late = chars = 0;
};

/** Queues an event; it leaves within ms, with whatever else is waiting. */
export const put = (name, props, ms) => {
  if (!open) batches = [...batches, (open = { e: [] })].slice(-MAX_KEPT);
  chars += JSON.stringify(props).length;
  if (open.e.push([name, Date.now(), props]) == MAX_EVENTS || chars > FULL) {
    seal();
    ms = 0;
  }
  setTimeout(pump, ms);
};

/** For JSON.stringify. Half a character, as cutting leaves it, would have the batch refused. */
const cut = (_, value) => (value?.toWellFormed ? value.slice(0, MAX_TEXT).toWellFormed() : value);

const body = ({ h, n, e }, sent = Date.now()) =>
  JSON.stringify(
    { v: 1, ...h, n, sent, e: e.map(([name, at, props]) => [name, at - sent, props]) },
    cut
  );

const pump = () => {
  if (busy) return (late = 1);
  busy = batches[0];
  if (!busy) return;
  if (busy == open) seal();
  fetch(endpoint, {
    method: "POST",
    body: body(busy),
    keepalive: true,
    credentials: busy.h.i ? "omit" : "include",
  }).then(settle, settle);
};

/** status: undefined when the network failed. */
const settle = ({ status }) => {
  const batch = busy;
  const first = batches[0] == batch; // else it was given up meanwhile
  busy = first && (status == 429 || !(status < 500));
  if (busy) {
    const again = () => {
      busy = 0;
      pump();
    };
    // 0.4 to 0.8 s, doubled each time, 26 to 51 s in the end.
    return setTimeout(again, (400 << Math.min(fails++, 6)) * (1 + Math.random()));
  }
  fails = 0;
  if (first) batches.shift();
  if (status < 300) answered(batch.h.m);
  if (late || batches[0] != open) pump();
};

/** The page may go away: hands over what it can and returns the batches that must survive. `known`:
 * the server knows the visitor, so more than one request may be on its way. */
export const hide = (known) => {
  seal();
  if (!busy || known) {
    batches = batches.filter(
      (batch) => batch == busy || !navigator.sendBeacon(endpoint, body(batch)) || fails
    );
  }
  setTimeout(pump);
  return batches;
};

/** Puts these batches in place of all there are, what is in flight included. */
export const reset = (saved) => {
  open = 0;
  batches = saved;
  setTimeout(pump);
};
