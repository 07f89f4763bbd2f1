// active: a sign of life while there is input and nothing else to report.
//
// At most every QUIET ms, with the next batch; at once when it ends a quiet of QUIET ms or more, so
// that a rule on `idle` is not fooled.

import { LATER } from "../waits.js";
import { listen } from "./listen.js";

const QUIET = 5000;

/** Returns input(now, lived) -> how long the sign may wait in ms, or undefined for none. */
export const lifeSign = (later, start) => {
  let last = start; // the latest input
  return (now, lived) => {
    const quiet = now - Math.max(last, lived) >= QUIET;
    last = now;
    if (now - lived >= QUIET) return quiet ? 0 : later;
  };
};

export const active = ({ report, lived }) => {
  const input = lifeSign(LATER, Date.now());
  listen("pointermove pointerdown keydown scroll wheel touchmove", () => {
    const wait = input(Date.now(), lived());
    if (wait >= 0) report("active", {}, wait);
  });
};
