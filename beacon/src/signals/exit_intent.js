// exit_intent: the mouse leaves through the top of the window, or on touch the page is scrolled
// up fast, as one does to reach the address bar. At most once in 10 s.

import { listen } from "../listen.js";

const PAUSE = 10000; // ms between two reports
const UP_PX = 500; // upwards in one go ...
const UP_MS = 400; // ... within this time

let from = []; // when and where this way up began
let last; // where

/** Whether the page, now at y, went up UP_PX within UP_MS, without a turn. */
export const fastUp = (t, y) => {
  if (!(y <= last) || t - from[0] > UP_MS) from = [t, y];
  last = y;
  return from[1] - y >= UP_PX;
};

export const exitIntent = (report) => {
  let silent; // until then
  const tell = (t, by) => {
    if (t < silent) return;
    silent = t + PAUSE;
    report("exit_intent", { by });
  };
  // Of the page's own element: what goes on between those inside is not its business.
  document.documentElement.addEventListener("mouseleave", ({ timeStamp, clientY }) => {
    if (clientY <= 0) tell(timeStamp, "mouse");
  });
  let touched;
  listen("touchmove", ({ timeStamp }) => {
    touched = timeStamp;
  });
  listen("scroll", ({ timeStamp, target }) => {
    // The page goes on scrolling for a while after the finger has left it.
    const scrolls = target == document && timeStamp - touched < 1000;
    if (scrolls && fastUp(timeStamp, scrollY)) tell(timeStamp, "scroll");
  });
};
