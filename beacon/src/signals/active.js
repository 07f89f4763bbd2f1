// active: a sign of life while there is input and nothing else to report.
//
// At most every QUIET ms, with the next batch; at once when it ends a quiet of QUIET ms or more, so
// that a rule on `idle` is not fooled.

import { LATER } from "../waits.js";
import { listen } from "../listen.js";

const QUIET = 5000;
/** Events that are no sign of life: offer_shown, offer_ignored, offer_expired, hidden. */
const BACKGROUND = /^(offer_[sie]|hidden)/;

/** Returns input(now, lived) -> how long the sign may wait in ms, or undefined for none. */
export const lifeSign = (later, start) => {
  let last = start; // the latest input
  return (now, lived) => {
    const quiet = now - Math.max(last, lived) >= QUIET;
    last = now;
    if (now - lived >= QUIET) return quiet ? 0 : later;
  };
};

/** Comes before the other parts, so that it knows of everything that is reported. */
export const active = (report, page) => {
  const input = lifeSign(LATER, Date.now());
  let lived = 0; // when a sign of life was last reported
  page.report = (name, props, ms) => {
    if (!BACKGROUND.test(name)) lived = Date.now();
    report(name, props, ms);
  };
  listen("pointermove pointerdown keydown scroll wheel touchmove", () => {
    const wait = input(Date.now(), lived);
    if (wait >= 0) page.report("active", {}, wait);
  });
};
