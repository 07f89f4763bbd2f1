// hidden, visible: the tab goes out of sight and comes back. Leaving the page is not hiding it. A
// page that is opened out of sight is hidden from the start.

import { listen } from "../listen.js";
import { SOON } from "../waits.js";

export const visibility = (report) => {
  let leaving;
  const tell = () => leaving || report(document.hidden ? "hidden" : "visible", {}, SOON);
  listen("pagehide pageshow", ({ type }) => (leaving = type == "pagehide"));
  listen("visibilitychange", tell);
  setTimeout(() => document.hidden && tell());
};
