// active: a sign of life while there is input and nothing else to report.
//
// At most every QUIET ms, with the next batch; at once when it ends a quiet of QUIET ms or more, so
// that a rule on `idle` is not fooled.

import { LATER } from "../waits.js";
import { listen } from "../listen.js";

const QUIET = 5000;
const DEAF = 500; // ms after an input in which others are not looked at
const INPUT = "pointermove pointerdown keydown scroll"; // a touch is a pointer, a wheel scrolls
/** Events that are no sign of life: offer_shown, offer_ignored, offer_expired, hidden. */
const BACKGROUND = /^(offer_[sie]|hidden)/;

let last; // the latest input

/** For an input: how long the sign may wait in ms, or undefined for none. */
export const input = (now, lived) => {
  const quiet = now - last >= QUIET;
  last = now;
  if (now - lived >= QUIET) return quiet ? 0 : LATER;
};

export const active = (report, page) => {
  last = Date.now();
  let lived = 0; // when a sign of life was last reported
  page.seen = (name) => {
    if (!BACKGROUND.test(name)) lived = Date.now();
  };
  const heard = () => {
    // A mouse moves a hundred times a second: one of them says it all for a while.
    listen(INPUT, heard, removeEventListener);
    setTimeout(listen, DEAF, INPUT, heard);
    const wait = input(Date.now(), lived);
    if (wait >= 0) report("active", {}, wait);
  };
  listen(INPUT, heard);
};
