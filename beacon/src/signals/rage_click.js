// rage_click: three clicks, each under 1,000 ms and 30 px after the last.
//
// Where quick clicks are the way to use a thing they mean nothing: steppers, sliders, next and
// previous, text fields and text being selected, double-click targets, and what the shop marks
// with data-vinkki-no-rage. The definition follows PostHog's (rageclick.ts).

import { listen } from "../listen.js";
import { FIELDS, place } from "./elements.js";

const CLICKS = 3;
const WITHIN_MS = 1000;
const WITHIN_PX = 30;

const MEANT =
  FIELDS +
  ",video,audio,canvas,[contenteditable],[role=slider],[role=spinbutton],[ondblclick]" +
  ",[data-vinkki-no-rage]";
const STEPS = /next|prev|plus|minus|incr|decr|step|qty|quant|arrow|carousel|slide|zoom/i;
const STEP_SIGNS = /^[-+<>«»‐-▼]$/; // dashes, brackets, arrows and triangles stand in one row

let count; // of this series
let last = []; // when and where

/** Whether this click is the third of a series; more of the same are no news. */
export const third = (t, x, y) => {
  const near = t - last[0] < WITHIN_MS && Math.hypot(x - last[1], y - last[2]) < WITHIN_PX;
  last = [t, x, y];
  count = near ? count + 1 : 1;
  return count == CLICKS;
};

const meant = (target) => {
  const control = target.closest("button,a,[role=button],label") || target;
  return (
    target.closest(MEANT) ||
    STEPS.test([control.id, control.className, control.name, control.ariaLabel]) ||
    STEP_SIGNS.test(control.textContent.trim()) ||
    "" + getSelection()
  );
};

export const rageClick = (report) => {
  listen("click", ({ detail, target, timeStamp, clientX, clientY }) => {
    // detail is 0 for clicks made with the keyboard or by a script.
    if (detail && third(timeStamp, clientX, clientY) && !meant(target)) {
      report("rage_click", { target: place(target) });
    }
  });
};
